import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { accountsSettings } from '@wharf/accounts';
import { cloudSyncSettings } from '@wharf/cloud-sync';
import { gatewaySettings } from '@wharf/gateway';
import { janitorSettings } from '@wharf/janitor';
import { metadataSettings } from '@wharf/metadata';
import { defaultOf, type Setting } from '@wharf/service-kit';
import { backupSettings } from '../cli/src/backup/settings.js';
import { bucketSettings } from '../cli/src/bucket/settings.js';
import { httpSettings } from '../cli/src/http/settings.js';

const settings: Setting<unknown>[] = [
  gatewaySettings,
  metadataSettings,
  accountsSettings,
  cloudSyncSettings,
  janitorSettings,
  backupSettings,
  bucketSettings,
  httpSettings,
].flatMap((ofService) => Object.values<Setting<unknown>>(ofService));
const example = new Map(
  readFileSync(new URL('../.env.example', import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => /^[A-Z]/.test(line))
    .map((line) => line.split(/=(.*)/s) as [string, string]),
);

/** What `npm start` reads and no service does: scripts/start/settings.ts. */
const ofStart = new Map([['WHARF_DATA_DIR', '.wharf']]);

test('.env.example holds every variable, and no other', () => {
  const names = new Set([...ofStart.keys(), ...settings.map((setting) => setting.name)]);
  expect([...example.keys()].sort()).toEqual([...names].sort());
});

test('.env.example shows the defaults', () => {
  for (const [name, value] of ofStart) expect([name, example.get(name)]).toEqual([name, value]);
  // Each service has a health port of its own.
  for (const setting of settings.filter(({ name }) => name !== 'HEALTH_PORT')) {
    expect([setting.name, example.get(setting.name)]).toEqual([setting.name, defaultOf(setting) ?? '']);
  }
});
