import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, symlink, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { FileRecord, Scope } from '@wharf/contracts';
import { type FreshFolder, freshFolder } from '@wharf/test-kit';
import { createKey, register } from '../../e2e/accounts-client.ts';
import { openAccountsWharf } from '../../e2e/accounts-wharf.ts';
import type { Wharf } from '../../e2e/wharf.ts';
import { type Outcome, wharf, wharfWithInput } from './wharf.js';

const maxFileSize = 20_000_000;

let system: Wharf;
let url: string;
let folder: FreshFolder;
/** Keys of two users. */
let key: string;
let othersKey: string;

beforeAll(async () => {
  ({ wharf: system } = await openAccountsWharf(1, { MAX_FILE_SIZE: String(maxFileSize) }));
  url = system.urls[0] as string;
  key = await keyWith('files:create', 'files:read');
  othersKey = await keyWith('files:read');
});

afterAll(() => system?.close());

beforeEach(async () => {
  folder = await freshFolder('transfers');
});

afterEach(() => folder.remove());

/** Of a new user. */
async function keyWith(...scopes: Scope[]): Promise<string> {
  const { key } = await createKey(url, await register(url), { scopes });
  return key;
}

/** With the token of somebody, or none. */
function as(token: string | undefined, ...words: string[]): Promise<Outcome> {
  return wharf({ WHARF_URL: url, ...(token !== undefined && { WHARF_TOKEN: token }) }, ...words);
}

async function newFile(name: string, bytes: Buffer): Promise<string> {
  const file = path.join(folder.path, name);
  await writeFile(file, bytes);
  return file;
}

async function upload(file: string, ...options: string[]): Promise<FileRecord> {
  const { exitCode, stderr, stdout } = await as(key, 'upload', '--json', file, ...options);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return JSON.parse(stdout);
}

test('files are uploaded, listed and downloaded with the token of the environment', async () => {
  const bytes = [randomBytes(3_000_000), Buffer.alloc(0)] as const;
  const files = [await newFile('фото & co.bin', bytes[0]), await newFile('empty.txt', bytes[1])];
  const outcome = await as(key, 'upload', ...files);
  const [, uid] = /^(\S{36}) {2}фото & co\.bin$/m.exec(outcome.stdout) ?? [];
  expect({ ...outcome, isListed: uid !== undefined }).toMatchObject({ exitCode: 0, stderr: '', isListed: true });

  const { stdout: listed } = await as(key, 'ls');
  expect(listed).toMatch(/^UID +BYTES +STATUS +AGE +NAME\n/);
  expect(listed).toMatch(new RegExp(`^${uid} +3000000 +stored +\\d+s +фото & co\\.bin$`, 'm'));
  const lines = (await as(key, 'ls', '--json', '--query', 'EMPTY')).stdout.trim().split('\n');
  expect(lines.map((line) => JSON.parse(line).original_name)).toEqual(['empty.txt']);

  const copy = path.join(folder.path, 'copy');
  expect(await as(key, 'download', String(uid), '-o', copy)).toEqual({ exitCode: 0, stderr: '', stdout: `${copy}\n` });
  expect((await readFile(copy)).equals(bytes[0])).toBe(true);
  const small = await upload(await newFile('small.txt', Buffer.from('hello')), '--name', 'other.txt');
  expect(small.original_name).toBe('other.txt');
  expect(await as(key, 'download', small.uid, '-o', '-')).toEqual({ exitCode: 0, stderr: '', stdout: 'hello' });
});

test('a token is read from a file too', async () => {
  const file = await newFile('token', Buffer.from(`${othersKey}\n`));
  const outcome = await wharf({ WHARF_URL: `${url}/`, WHARF_TOKEN_FILE: file }, 'ls');
  expect(outcome).toEqual({ exitCode: 0, stderr: '', stdout: 'There are no files.\n' });
});

test('what a gateway refuses is told in one line', async () => {
  const file = await newFile('mine.txt', Buffer.from('mine'));
  const { uid } = await upload(file);
  const refused = (stderr: string, exitCode = 1) => ({ exitCode, stdout: '', stderr });
  expect(await as(othersKey, 'download', uid)).toEqual(
    refused(`wharf: no file ${uid} is recorded (404 file_not_found)\n`),
  );
  expect(await as(othersKey, 'upload', file)).toEqual(
    refused('wharf: this needs the scope files:create (403 forbidden)\n'),
  );
  expect(await as(undefined, 'ls')).toMatchObject({
    exitCode: 1,
    stderr: expect.stringMatching(
      /^wharf: .* \(401 unauthenticated\); wharf login, or set WHARF_TOKEN to an API key\n$/,
    ),
  });
  expect((await as(`${key.slice(0, -3)}AAA`, 'upload', file)).stderr).toMatch(
    /\(401 unauthenticated\); wharf login, .*\n$/,
  );
  await truncate(file, maxFileSize + 1);
  expect((await as(key, 'upload', file)).stderr).toMatch(/^wharf: .*20000000.* \(413 file_too_large\)\n$/);
});

test('files that cannot be read or written, and wrong words, are told in one line', async () => {
  const { uid } = await upload(await newFile('mine.txt', Buffer.from('mine')));
  const there = await newFile('there', Buffer.from('old'));
  expect(await as(key, 'download', uid, '-o', there)).toMatchObject({
    exitCode: 1,
    stderr: `wharf: ${there} is there already; --force replaces it\n`,
  });
  expect(await readFile(there, 'utf8')).toBe('old');
  expect(await as(key, 'upload', path.join(folder.path, 'missing'))).toMatchObject({
    exitCode: 1,
    stderr: expect.stringMatching(/^wharf: ENOENT: .*missing'\n$/),
  });
  expect((await as(key, 'upload', '/dev/null')).stderr).toBe('wharf: /dev/null is no file\n');
  expect((await as(key, 'upload', there, there, '--name', 'a')).exitCode).toBe(2);
  expect((await as(key, 'download', 'nonsense')).exitCode).toBe(2);
  expect((await as(key, 'ls', '--limit', '0')).exitCode).toBe(2);
  expect((await as('no token', 'ls')).exitCode).toBe(78);
  expect((await wharf({ WHARF_URL: 'example.org' }, 'ls')).exitCode).toBe(78);
});

test('a gateway that is away, or stands behind a proxy that has none, is unavailable', async () => {
  expect(await wharf({ WHARF_URL: 'http://127.0.0.1:9' }, 'ls')).toMatchObject({
    exitCode: 69,
    stderr: expect.stringMatching(/^wharf: http:\/\/127\.0\.0\.1:9 cannot be reached: .*\n$/),
  });
  const file = await newFile('a', randomBytes(500));
  expect((await wharf({ WHARF_URL: 'http://127.0.0.1:9' }, 'upload', file)).exitCode).toBe(69);
  await withServer(502, '<html>', {}, async (proxy) => {
    expect(await wharf({ WHARF_URL: proxy }, 'upload', file)).toMatchObject({
      exitCode: 69,
      stderr: 'wharf: refused with status 502 (502 unavailable)\n',
    });
  });
});

test('bytes that are not the file’s are not kept', async () => {
  const record = await upload(await newFile('mine.txt', Buffer.from('mine')));
  const answers = (address: string) => (address.endsWith('/metadata') ? JSON.stringify(record) : 'else');
  const told = { 'Repr-Digest': `sha-256=:${Buffer.from(String(record.sha256), 'hex').toString('base64')}:` };
  await withServer(200, answers, told, async (other) => {
    const outcome = await wharf({ WHARF_URL: other }, 'download', record.uid, '-o', path.join(folder.path, 'copy'));
    expect(outcome).toMatchObject({ exitCode: 1, stderr: 'wharf: what arrived is not the file\n' });
  });
  expect((await readdir(folder.path)).sort()).toEqual(['copy.part', 'mine.txt']);
  expect(await readFile(path.join(folder.path, 'copy.part'), 'utf8')).toBe('');
});

test('folders and standard input are uploaded, and a file that fails holds up no other', async () => {
  await mkdir(path.join(folder.path, 'trip/day 1'), { recursive: true });
  const files = { 'trip/a.txt': 'a', 'trip/day 1/b.txt': 'b', 'c.txt': 'c' };
  for (const [name, text] of Object.entries(files)) await newFile(name, Buffer.from(text));
  const missing = path.join(folder.path, 'gone');
  await symlink('/nowhere', path.join(folder.path, 'trip/link'));
  const wanted = [path.join(folder.path, 'trip'), path.join(folder.path, 'c.txt')];
  const { exitCode, stdout } = await as(key, 'upload', '--json', '--expires-in', '1h', '--public', ...wanted);
  const records = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as FileRecord);
  const places = records.map(({ metadata, original_name }) => [original_name, metadata.path]).sort();
  expect({ exitCode, places }).toEqual({
    exitCode: 0,
    places: [
      ['a.txt', 'trip/a.txt'],
      ['b.txt', 'trip/day 1/b.txt'],
      ['c.txt', undefined],
    ],
  });
  expect(records).toEqual(
    records.map(() => expect.objectContaining({ visibility: 'public', expires_at: expect.any(String) })),
  );

  const large = await newFile('large.bin', Buffer.alloc(maxFileSize + 1));
  const partly = await as(key, 'upload', large, path.join(folder.path, 'c.txt'));
  expect(partly).toMatchObject({ exitCode: 1, stdout: expect.stringMatching(/ c\.txt\n$/) });
  expect(partly.stderr).toMatch(/^wharf: \S*large\.bin: .* \(413 file_too_large\)\n$/);
  expect((await as(key, 'upload', missing)).exitCode).toBe(1);

  const piped = await asWithInput(key, 'from a pipe', 'upload', '-', '--name', 'piped.txt', '--json');
  expect(JSON.parse(piped.stdout)).toMatchObject({ original_name: 'piped.txt', size_bytes: 11 });
});

test('a download goes on with what is there of it, and begins anew where that is of another file', async () => {
  const bytes = randomBytes(3_000_000);
  const { uid } = await upload(await newFile('film.bin', bytes));
  const copy = path.join(folder.path, 'copy');
  for (const kept of [bytes.subarray(0, 2_000_000), randomBytes(2_000_000), bytes, randomBytes(4_000_000)]) {
    await writeFile(`${copy}.part`, kept);
    expect(await as(key, 'download', uid, '-o', copy, '--force')).toMatchObject({ exitCode: 0, stderr: '' });
    expect((await readFile(copy)).equals(bytes)).toBe(true);
  }
  expect((await readdir(folder.path)).sort()).toEqual(['copy', 'film.bin']);
  const into = await as(key, 'download', uid, '-o', `${folder.path}/`);
  expect(into).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/film\.bin is there already/) });
});

test('a file is shown and deleted', async () => {
  const { uid } = await upload(await newFile('mine.txt', Buffer.from('mine')));
  const shown = await as(key, 'show', uid);
  expect(shown.stdout).toMatch(/^uid +\S{36}$/m);
  expect(shown.stdout).toMatch(/^size_bytes +4 \(4 B\)$/m);
  expect(JSON.parse((await as(key, 'show', uid, '--json')).stdout)).toMatchObject({ uid, size_bytes: 4 });
  const writer = await keyWith('files:write');
  expect((await as(writer, 'rm', uid)).stderr).toMatch(/\(404 file_not_found\)\n$/);
  const { exitCode, stdout } = await as(key, 'ls', '--status', 'deleted', '--json');
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '' });
});

function asWithInput(token: string, input: string, ...words: string[]): Promise<Outcome> {
  return wharfWithInput({ WHARF_URL: url, WHARF_TOKEN: token }, input, ...words);
}

/** Something that is no gateway. */
async function withServer(
  status: number,
  body: string | ((address: string) => string),
  headers: Record<string, string>,
  work: (address: string) => Promise<void>,
): Promise<void> {
  const server = createServer((request, response) => {
    response.writeHead(status, { ...headers, Connection: 'close' });
    response.end(typeof body === 'string' ? body : body(String(request.url)));
    request.resume();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}
