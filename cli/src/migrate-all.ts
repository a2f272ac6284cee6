import { accountsDatabase } from '@wharf/accounts';
import { migrateUntilDone } from '@wharf/database';
import { databaseSettings } from '@wharf/database/settings';
import { metadataDatabase } from '@wharf/metadata';
import { createLogger, type Environment, loadConfig } from '@wharf/service-kit';
import { backupSettings } from './backup/settings.js';

/** Waits for a PostgreSQL that is away, and for a replica that migrates already; who calls it says for how long. */
export async function migrateAll(environment: Environment, { isJson }: { isJson: boolean }): Promise<void> {
  const settings = { databaseUrl: databaseSettings.databaseUrl, ...backupSettings };
  const { accountsDatabaseUrl, databaseUrl } = loadConfig(settings, environment);
  const parts = [
    { name: 'metadata', database: metadataDatabase, url: databaseUrl },
    { name: 'accounts', database: accountsDatabase, url: accountsDatabaseUrl ?? databaseUrl },
  ];
  for (const { database, name, url } of parts) {
    await migrateUntilDone({
      ...{ database, databaseUrl: url },
      logger: createLogger('wharf', 'silent'),
      signal: new AbortController().signal,
      onFailure: (reason) => process.stderr.write(`${name}: not yet: ${reason}\n`),
    });
    const told = isJson
      ? JSON.stringify({ service: name, status: 'up to date' })
      : `${name}: the tables are up to date`;
    process.stdout.write(`${told}\n`);
  }
}
