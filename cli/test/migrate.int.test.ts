import { expect, test } from '@jest/globals';
import { accountsDatabase } from '@wharf/accounts';
import { isMigrated } from '@wharf/database';
import { metadataDatabase } from '@wharf/metadata';
import { freshDatabase } from '@wharf/test-kit';
import { wharf } from './wharf.js';

test('wharf migrate makes the tables of both services, needs nothing but PostgreSQL, and changes nothing again', async () => {
  const [database, ofAccounts] = [await freshDatabase(), await freshDatabase()];
  const environment = { DATABASE_URL: database.url, ACCOUNTS_DATABASE_URL: ofAccounts.url };
  const done = 'metadata: the tables are up to date\naccounts: the tables are up to date\n';
  for (let run = 0; run < 2; run++) {
    expect(await wharf(environment, 'migrate')).toEqual({ exitCode: 0, stdout: done, stderr: '' });
  }
  expect(await isMigrated(metadataDatabase, database.url)).toBe(true);
  expect(await isMigrated(accountsDatabase, ofAccounts.url)).toBe(true);
  expect(await isMigrated(accountsDatabase, database.url)).toBe(false);
  await Promise.all([database.drop(), ofAccounts.drop()]);
});

test('wharf migrate says what is missing', async () => {
  expect(await wharf({}, 'migrate')).toMatchObject({ exitCode: 78, stderr: expect.stringContaining('DATABASE_URL') });
});
