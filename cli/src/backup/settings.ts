import { databaseSettings } from '@wharf/database/settings';
import { setting } from '@wharf/service-kit';

/** What `wharf` reads beside the settings of the services. */
export const backupSettings = {
  accountsDatabaseUrl: setting(
    'ACCOUNTS_DATABASE_URL',
    databaseSettings.databaseUrl.schema.optional(),
    'DATABASE_URL of accounts, for wharf backup and wharf restore, where it is another one than that of metadata',
    { secret: true },
  ),
};
