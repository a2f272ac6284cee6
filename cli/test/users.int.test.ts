import { spawn } from 'node:child_process';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { codeOf, World } from '../../services/accounts/test/world.ts';
import { wharf } from './wharf.js';

let world: World;

beforeAll(async () => {
  world = await World.open();
  await world.start();
});

afterAll(() => world.close());

const users = (...words: string[]) => wharf({ NATS_URL: world.nats.url }, 'users', ...words);

/** Runs it with text on its standard input. */
function usersWithInput(input: string, ...words: string[]): Promise<{ exitCode: number | null; output: string }> {
  const program = path.join(import.meta.dirname, '../dist/main.js');
  const env = { PATH: process.env.PATH, NATS_URL: world.natsUrlOf('wharf') };
  const child = spawn(process.execPath, [program, 'users', ...words], { env });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  child.stdin.end(input);
  return new Promise((resolve) => child.on('close', (exitCode) => resolve({ exitCode, output })));
}

test('a user is made with a password that is printed once, or one of standard input that is not', async () => {
  const { exitCode, stderr, stdout } = await users('add', '--email', 'Root@example.org', '--admin');
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  const [, id, password] = /^(\S+) is made\npassword: (\S{20})\n$/.exec(stdout) ?? [];
  const { user } = await world.logIn({ email: 'root@example.org', password: String(password) });
  expect(user).toMatchObject({ id, role: 'admin' });

  const own = await usersWithInput('correct horse\r\nrest', 'add', '--email', 'own@example.org', '--password-stdin');
  expect(own).toEqual({ exitCode: 0, output: expect.stringMatching(/^\S+ is made\n$/) });
  expect((await world.logIn({ email: 'own@example.org', password: 'correct horse' })).user.role).toBe('user');
});

test('what is wrong with a user is said in words', async () => {
  expect(await users('add', '--email', 'root@example.org')).toMatchObject({
    exitCode: 1,
    stdout: '',
    stderr: 'wharf: somebody has this address already\n',
  });
  expect(await users('add', '--email', 'nobody')).toMatchObject({ exitCode: 2 });
  expect(await users('add')).toMatchObject({ exitCode: 2 });
  expect(await usersWithInput('short\n', 'add', '--email', 'a@example.org', '--password-stdin')).toEqual({
    exitCode: 2,
    output: 'wharf: this is no password: must have at least 8 characters\n',
  });
  expect(await users('disable', 'unknown@example.org')).toMatchObject({ exitCode: 1 });
});

test('a user gets another password, and its sessions end', async () => {
  const { tokens, user } = await world.loggedIn();
  const { exitCode, stderr, stdout } = await users('set-password', user.email);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  const [, id, password] = /^(\S+) has another password\npassword: (\S{20})\n$/.exec(stdout) ?? [];
  expect(id).toBe(user.id);
  expect(await codeOf(world.refresh(tokens))).toBe('unauthenticated');
  expect(await codeOf(world.logIn(user))).toBe('unauthenticated');
  await world.logIn({ ...user, password: String(password) });

  const own = await usersWithInput('correct horse\n', 'set-password', user.id, '--password-stdin');
  expect(own).toEqual({ exitCode: 0, output: `${user.id} has another password\n` });
  await world.logIn({ ...user, password: 'correct horse' });
  expect(await users('set-password', 'unknown@example.org')).toMatchObject({ exitCode: 1 });
});

test('users are listed, disabled and enabled', async () => {
  const user = await world.createUser();
  expect(await users('disable', user.email)).toMatchObject({ exitCode: 0, stdout: `${user.id} is disabled\n` });
  expect(await codeOf(world.logIn(user))).toBe('unauthenticated');
  const { stdout } = await users('list');
  expect(stdout).toMatch(/^ID +ROLE +STATE +LAST LOGIN +ADDRESS\n/);
  expect(stdout).toMatch(new RegExp(`^${user.id} +user +disabled +${user.email}$`, 'm'));
  expect(await users('enable', user.id)).toMatchObject({ exitCode: 0, stdout: `${user.id} is enabled\n` });
  await world.logIn(user);
  const listed = (await users('list', '--json')).stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(listed.find(({ id }) => id === user.id)).toMatchObject({ email: user.email, disabled: false });
});
