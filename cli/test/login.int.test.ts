import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { type FreshFolder, freshFolder } from '@wharf/test-kit';
import { type Login, register, usualPassword } from '../../e2e/accounts-client.ts';
import { openAccountsWharf } from '../../e2e/accounts-wharf.ts';
import type { Wharf } from '../../e2e/wharf.ts';
import { type Outcome, wharf, wharfWithInput } from './wharf.js';

let system: Wharf;
let url: string;
let folder: FreshFolder;
let user: Login;

beforeAll(async () => {
  ({ wharf: system } = await openAccountsWharf(1));
  url = system.urls[0] as string;
  folder = await freshFolder('login');
  user = await register(url);
});

afterAll(async () => {
  await folder?.remove();
  await system?.close();
});

beforeEach(async () => {
  const { exitCode, stderr, stdout } = await logIn();
  expect({ exitCode, stderr, stdout }).toEqual({
    ...{ exitCode: 0, stderr: '', stdout: `${user.user.email} is logged in at ${url}\n` },
  });
});

function logIn(password = usualPassword): Promise<Outcome> {
  const words = ['login', '--url', `${url}/`, '--email', user.user.email, '--password-stdin'];
  return wharfWithInput({ XDG_CONFIG_HOME: folder.path }, `${password}\n`, ...words);
}

function run(...words: string[]): Promise<Outcome> {
  return wharf({ XDG_CONFIG_HOME: folder.path }, ...words);
}

const profileFile = () => path.join(folder.path, 'wharf/profiles/default.json');

test('who is logged in needs no variables, and nobody else reads the session', async () => {
  const { stdout } = await run('status', '--json');
  expect(JSON.parse(stdout)).toMatchObject({
    url,
    user: { id: user.user.id },
    health: { checks: { metadata: { status: 'ok' } } },
  });
  expect((await stat(profileFile())).mode & 0o777).toBe(0o600);
  expect((await stat(path.dirname(profileFile()))).mode & 0o777).toBe(0o700);
});

test('a session whose access token has expired is renewed, once for all commands that run', async () => {
  const profile = JSON.parse(await readFile(profileFile(), 'utf8'));
  await writeFile(
    profileFile(),
    JSON.stringify({ ...profile, access_token: 'expired', expires_at: Date.now() + 600_000 }),
  );
  const outcomes = await Promise.all(['one', 'two', 'three'].map(() => run('ls')));
  expect(outcomes).toEqual(outcomes.map(() => ({ exitCode: 0, stderr: '', stdout: 'There are no files.\n' })));
  const renewed = JSON.parse(await readFile(profileFile(), 'utf8'));
  expect(renewed.refresh_token).not.toBe(profile.refresh_token);
  // A refresh token that was used twice would have ended the session.
  await writeFile(profileFile(), JSON.stringify({ ...renewed, expires_at: 0 }));
  expect((await run('ls')).exitCode).toBe(0);
  expect(await readdir(path.dirname(profileFile()))).toEqual(['default.json']);
});

test('who is logged out is known no longer, and a wrong password logs nobody in', async () => {
  const profile = JSON.parse(await readFile(profileFile(), 'utf8'));
  expect((await run('logout')).stdout).toBe(`${user.user.email} is logged out\n`);
  const refresh = await fetch(`${url}/api/v1/auth/refresh`, {
    ...{ method: 'POST', headers: { 'Content-Type': 'application/json' } },
    body: JSON.stringify({ refresh_token: profile.refresh_token }),
  });
  expect(refresh.status).toBe(401);
  expect(await run('logout')).toMatchObject({ exitCode: 2, stderr: 'wharf: nobody is logged in\n' });
  expect(await logIn('a wrong pass phrase')).toMatchObject({
    exitCode: 1,
    stderr: expect.stringMatching(/\(401 unauthenticated\)/),
  });
  expect((await run('ls', '--profile', 'work')).exitCode).toBe(2);
});
