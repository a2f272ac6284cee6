import { expect, test } from '@jest/globals';
import { loadConfig } from '@wharf/service-kit';
import { accountsSettings, checkAccounts } from './config.js';

const environment = { NATS_URL: 'nats://127.0.0.1', DATABASE_URL: 'postgresql://wharf@127.0.0.1/wharf' };
const load = (changes: Record<string, string> = {}) =>
  loadConfig(accountsSettings, { ...environment, ...changes }, checkAccounts);

test('nobody can register, and nobody is admin, unless that is said', () => {
  expect(load()).toMatchObject({ registration: 'closed', adminEmail: undefined, adminPassword: undefined });
});

test('the first admin has an address in lower case and a password', () => {
  const config = load({ ADMIN_EMAIL: 'Root@Example.org', ADMIN_PASSWORD: 'correct horse' });
  expect(config).toMatchObject({ adminEmail: 'root@example.org', adminPassword: 'correct horse' });
});

test.each([
  [{ ADMIN_EMAIL: 'root@example.org' }, /neither of them says anything without the other/],
  [{ ADMIN_PASSWORD: 'correct horse' }, /neither of them says anything without the other/],
  [
    { ADMIN_EMAIL: 'root@example.org', ADMIN_PASSWORD: 'short' },
    /^.*1 problem\(s\):\n {2}ADMIN_PASSWORD: must have at least 8/,
  ],
  [{ SIGNING_KEY_ROTATION: '59m' }, /SIGNING_KEY_ROTATION: must be 1h or more/],
])('%j is refused', (changes, reason) => {
  expect(() => load(changes as Record<string, string>)).toThrow(reason);
});
