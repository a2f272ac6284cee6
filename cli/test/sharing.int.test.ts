import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { FileRecord } from '@wharf/contracts';
import { eventually, type FreshFolder, freshFolder } from '@wharf/test-kit';
import { createKey, register } from '../../e2e/accounts-client.ts';
import { openAccountsWharf } from '../../e2e/accounts-wharf.ts';
import type { Wharf } from '../../e2e/wharf.ts';
import { type Outcome, wharf, wharfWithInput } from './wharf.js';

let system: Wharf;
let url: string;
let key: string;
let folder: FreshFolder;

beforeAll(async () => {
  ({ wharf: system } = await openAccountsWharf(1));
  url = system.urls[0] as string;
  const scopes = ['files:create', 'files:read', 'files:write'] as const;
  ({ key } = await createKey(url, await register(url), { scopes }));
  folder = await freshFolder('sharing');
});

afterAll(async () => {
  await folder?.remove();
  await system?.close();
});

function run(...words: string[]): Promise<Outcome> {
  return wharf({ WHARF_URL: url, WHARF_TOKEN: key }, ...words);
}

async function upload(name: string, content: string): Promise<string> {
  const file = path.join(folder.path, name);
  await writeFile(file, content);
  const { stdout } = await run('upload', '--json', file);
  return (JSON.parse(stdout) as FileRecord).uid;
}

test('a file is shared with a password, downloaded by its link, and the link revoked', async () => {
  const uid = await upload('letter.txt', 'dear');
  const words = ['share', uid, '--max-downloads', '2', '--expires-in', '1h', '--password-stdin'];
  const shared = await wharfWithInput({ WHARF_URL: url, WHARF_TOKEN: key }, 'a secret\n', ...words);
  expect(shared).toMatchObject({ exitCode: 0, stderr: '', stdout: expect.stringMatching(/^http:\S+\/s\/\S+\n$/) });
  const address = shared.stdout.trim();

  expect(await wharf({}, 'download', address, '-o', '-')).toMatchObject({
    exitCode: 1,
    stderr: expect.stringMatching(/\(401 password_required\)\n$/),
  });
  const copy = path.join(folder.path, 'copy.txt');
  const got = await wharfWithInput({}, 'a secret\n', 'download', address, '--password-stdin', '-o', copy);
  expect(got).toEqual({ exitCode: 0, stderr: '', stdout: `${copy}\n` });
  expect(await readFile(copy, 'utf8')).toBe('dear');

  const listed = await eventually(async () => {
    const { stdout } = await run('links', '--json', '--file', uid);
    const link = JSON.parse(stdout);
    expect(link).toMatchObject({ status: 'active', download_count: 1, max_downloads: 2 });
    return link as { id: string };
  });
  expect((await run('links')).stdout).toMatch(new RegExp(`^${listed.id} +active +1/2 +4 B +\\d+s +letter\\.txt$`, 'm'));
  expect((await run('links', 'revoke', listed.id)).stdout).toBe(`${listed.id} is revoked\n`);
  expect((await wharf({}, 'download', address)).stderr).toMatch(/\(410 link_revoked\)\n$/);
});

test('several files are downloaded as one zip', async () => {
  const uids = [await upload('a.txt', 'a'), await upload('b.txt', 'b')];
  const { stdout } = await run('share', ...uids, '--title', 'Two letters', '--json');
  const into = await wharf({}, 'download', JSON.parse(stdout).url, '-o', `${folder.path}/`, '--json');
  const { name, place } = JSON.parse(into.stdout);
  expect([name, (await readFile(place)).subarray(0, 2).toString()]).toEqual(['Two letters.zip', 'PK']);
});

test('others deliver to a request without a login, within its limits, until it is closed', async () => {
  const words = ['request', 'Photos', '--max-files', '1', '--max-bytes', '1MB', '--type', 'text/*', '--json'];
  const { id, url: address } = JSON.parse((await run(...words)).stdout);
  expect(address).toMatch(/^http:\S+\/r\/\S+$/);
  const file = path.join(folder.path, 'photo.txt');
  await writeFile(file, 'smile');
  const delivered = await wharf({}, 'upload', file, '--to', address);
  expect(delivered).toMatchObject({
    exitCode: 0,
    stderr: '',
    stdout: expect.stringMatching(/^\S{36} {2}photo\.txt\n$/),
  });
  const came = JSON.parse((await run('ls', '--request', id, '--json')).stdout);
  expect(came).toMatchObject({ original_name: 'photo.txt', request_id: id });
  expect((await wharf({}, 'upload', file, '--to', address)).exitCode).toBe(1);
  expect((await run('requests')).stdout).toMatch(new RegExp(`^${id} +full +1/1 +5 B of 1\\.0 MB +\\d+s +Photos$`, 'm'));
  expect((await run('requests', 'close', id)).stdout).toBe(`${id} is closed\n`);
  expect((await wharf({}, 'upload', file, '--to', `${url}/s/x`)).exitCode).toBe(2);
});

test('what happened is told: of a file by the gateway, of all files by NATS', async () => {
  const uid = await upload('c.txt', 'c');
  const told = await run('events', 'tail', uid, '--no-follow', '--json');
  expect(JSON.parse(told.stdout.split('\n')[0] as string)).toMatchObject({ type: 'file.stored', subject: uid });
  const bus = { NATS_URL: system.natsUrl };
  const all = await wharf(bus, 'events', 'tail', '--since', '1h', '--no-follow', '--type', 'file.stored', '--json');
  const subjects = all.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).subject);
  expect({ stderr: all.stderr, isThere: subjects.includes(uid) }).toEqual({ stderr: '', isThere: true });
  expect(await wharf(bus, 'events', 'tail', '--no-follow')).toEqual({ exitCode: 0, stdout: '', stderr: '' });
});
