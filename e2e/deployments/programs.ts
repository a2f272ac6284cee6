import { accountsSettings, checkAccounts } from '@wharf/accounts/config';
import { cloudSyncSettings } from '@wharf/cloud-sync/config';
import { checkGateway, gatewaySettings } from '@wharf/gateway/config';
import { checkJanitor, janitorSettings } from '@wharf/janitor/config';
import { metadataSettings } from '@wharf/metadata/config';
import { checkObjectStore } from '@wharf/object-store';
import type { ConfigCheck, Setting, Settings } from '@wharf/service-kit';
import { backupSettings } from '../../cli/src/backup/settings.js';

export interface Program {
  settings: Settings;
  check?: ConfigCheck<Settings>;
}

export const services: Record<string, Program> = {
  gateway: { settings: gatewaySettings, check: checkGateway },
  metadata: { settings: metadataSettings },
  accounts: { settings: accountsSettings, check: checkAccounts },
  'cloud-sync': { settings: cloudSyncSettings, check: checkObjectStore },
  janitor: { settings: janitorSettings, check: checkJanitor },
};

export const programs: Record<string, Program> = {
  ...services,
  // Audits as the janitor does, and saves and restores what is metadata's.
  wharf: { settings: { ...metadataSettings, ...janitorSettings, ...backupSettings }, check: checkJanitor },
};

export function settingsOf(program: string): Setting<unknown>[] {
  return Object.values<Setting<unknown>>(programs[program]?.settings ?? {});
}

/** The names by which a setting is read. */
export function variablesOf({ name, secret }: Setting<unknown>): string[] {
  return secret ? [name, `${name}_FILE`] : [name];
}

export const everySetting = Object.keys(programs).flatMap(settingsOf);
export const secretNames = new Set(everySetting.filter(({ secret }) => secret).map(({ name }) => name));
