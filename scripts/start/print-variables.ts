import { accountsSettings } from '@wharf/accounts/config';
import { cloudSyncSettings } from '@wharf/cloud-sync/config';
import { gatewaySettings } from '@wharf/gateway/config';
import { janitorSettings } from '@wharf/janitor/config';
import { metadataSettings } from '@wharf/metadata/config';
import type { Setting, Settings } from '@wharf/service-kit';
import type { ServiceName } from './service-process.ts';

const settings: Record<ServiceName, Settings> = {
  gateway: gatewaySettings,
  metadata: metadataSettings,
  accounts: accountsSettings,
  'cloud-sync': cloudSyncSettings,
  janitor: janitorSettings,
};

const variablesOf = ({ name, secret }: Setting<unknown>) => (secret ? [name, `${name}_FILE`] : [name]);
const variables = Object.entries(settings).map(([service, own]) => [service, Object.values(own).flatMap(variablesOf)]);
process.stdout.write(JSON.stringify(Object.fromEntries(variables)));
