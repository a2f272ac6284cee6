import { createHash, randomBytes } from 'node:crypto';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { CreateApiKey, CreateUser, LogOut, ReadTrust, Refresh, Register, VerifyApiKey } from '@wharf/contracts';
import { callRpc } from '@wharf/messaging';
import { eventually } from '@wharf/test-kit';
import { type RunningProcess, startProcess } from '../../../scripts/servers/child-process.ts';
import { callerOf, codeOf, World } from './world.js';

const program = path.join(import.meta.dirname, '../dist/main.js');
const adminPassword = 'the password of the first admin';

let world: World;
let service: RunningProcess;
const said: string[] = [];

/** The program itself, as talkative as it can be. */
beforeAll(async () => {
  world = await World.open();
  service = await startProcess({
    name: 'accounts',
    command: process.execPath,
    args: [program],
    env: {
      PATH: process.env.PATH,
      NATS_URL: world.natsUrlOf('accounts'),
      DATABASE_URL: world.database.url,
      HEALTH_PORT: '0',
      LOG_LEVEL: 'trace',
      REGISTRATION: 'open',
      ADMIN_EMAIL: 'admin@example.org',
      ADMIN_PASSWORD: adminPassword,
    },
    log: (line) => said.push(line),
    logStderr: (line) => said.push(line),
    graceMs: 10_000,
  });
  await eventually(() => callRpc(world.bus, ReadTrust, {}));
});

afterAll(async () => {
  await service.stop();
  await world.close();
});

test('nothing that is written down tells a password, a token, a secret or a digest', async () => {
  const secrets: string[] = [adminPassword];
  const secretOf = (text: string) => {
    secrets.push(text);
    return text;
  };
  const client = { address: '203.0.113.5', user_agent: 'test' };
  const password = secretOf('a password that nobody knows');
  const registered = await callRpc(world.bus, Register, { email: 'new@example.org', password, client });
  const again = { email: 'new@example.org', password: secretOf('another password'), client };
  expect(await codeOf(callRpc(world.bus, Register, again))).toBe('conflict');
  expect(await codeOf(callRpc(world.bus, CreateUser, { ...again, role: 'admin' }))).toBe('conflict');
  const tooLong = secretOf('ж'.repeat(200));
  expect(await codeOf(callRpc(world.bus, Register, { ...again, password: tooLong }))).toBe('invalid_request');

  const admin = await world.logIn({ email: 'admin@example.org', password: adminPassword });
  for (let count = 0; count < 12; count++)
    await codeOf(world.logIn({ email: `new@example.org`, password: secretOf(`wrong password ${count}`) }));
  await codeOf(world.logIn({ email: secretOf('typed-into-the-wrong-field'), password: '' }));
  const next = await callRpc(world.bus, Refresh, { refresh_token: registered.refresh_token, client });
  expect(await codeOf(callRpc(world.bus, Refresh, { refresh_token: registered.refresh_token, client }))).toBe(
    'unauthenticated',
  );
  await callRpc(world.bus, LogOut, { refresh_token: admin.refresh_token });
  for (const tokens of [registered, admin, next]) secrets.push(tokens.access_token, tokens.refresh_token);

  const key_id = randomBytes(8).toString('hex');
  const secret_hash = secretOf(createHash('sha256').update(key_id).digest('hex'));
  const key = { key_id, secret_hash, name: 'key', scopes: ['files:read' as const], expires_at: null };
  await callRpc(world.bus, CreateApiKey, { caller: callerOf(registered.user), ...key });
  await callRpc(world.bus, VerifyApiKey, { key_id, secret_hash });
  const wrongHash = secretOf('f'.repeat(64));
  expect(await codeOf(callRpc(world.bus, VerifyApiKey, { key_id, secret_hash: wrongHash }))).toBe('unauthenticated');

  for (const [table, column] of [
    ['users', 'password_hash'],
    ['signing_keys', 'private_key'],
    ['sessions', 'token_hash'],
    ['sessions', 'family_hash'],
  ]) {
    const rows = await world.query<{ secret: string }>(`select ${column} as secret from accounts.${table}`);
    secrets.push(...rows.map(({ secret }) => secret));
  }
  // An error with all that belongs to it: the service finds no table any more.
  await world.query('alter table accounts.api_keys rename to gone');
  expect(await codeOf(callRpc(world.bus, VerifyApiKey, { key_id, secret_hash }))).toBe('internal');
  const failing = { caller: callerOf(registered.user), ...key, key_id: 'b'.repeat(16) };
  expect(await codeOf(callRpc(world.bus, CreateApiKey, failing))).toBe('internal');
  await world.query('alter table accounts.users rename column password_hash to gone');
  const lost = { email: 'lost@example.org', password: secretOf('a password that is lost'), client };
  expect(await codeOf(callRpc(world.bus, Register, lost))).toBe('internal');

  const text = await eventually(() => {
    const all = said.join('\n');
    for (const expected of ['a user logged in', 'a login was refused', 'a key was made', 'a request failed'])
      expect(all).toContain(expected);
    return all;
  });
  expect(secrets.length).toBeGreaterThan(30);
  expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
  expect(text).not.toContain('argon2id$');
});

test('logins, refusals, keys and changes are counted and logged by ids', async () => {
  const lines = said.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
  const [login] = lines.filter(({ msg }) => msg === 'a user logged in');
  expect(login).toMatchObject({ service: 'accounts', address: '203.0.113.5', user_id: expect.any(String) });
  expect(lines.filter(({ msg }) => msg === 'a login was refused').map(({ reason }) => reason)).toEqual(
    expect.arrayContaining(['wrong_password', 'rate_limited', 'unknown']),
  );
  const [{ url }] = lines.filter(({ msg }) => msg === 'started');
  const metrics = await (await fetch(`${url}/metrics`)).text();
  for (const pattern of [
    /^wharf_accounts_logins_total\{.*outcome="succeeded".*\} 1$/m,
    /^wharf_accounts_logins_total\{.*outcome="rate_limited".*\} [1-9]/m,
    /^wharf_accounts_refreshes_total\{.*outcome="reused".*\} 1$/m,
    /^wharf_accounts_passwords_waiting\{.*\} 0$/m,
  ]) {
    expect(metrics).toMatch(pattern);
  }
});
