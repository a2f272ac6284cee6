import { createHash, randomBytes, randomUUIDv7 } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { ShareLink } from '@wharf/contracts';
import { eventually, freshFolder } from '@wharf/test-kit';
import { type Client, clientOf, problemOf, uploaded } from './client.ts';
import { expectRefused } from './limited-files.ts';
import { rawRequest } from './raw-http.ts';
import { digestsIn, unpackers } from './unpackers.ts';
import { openWharf, type Wharf } from './wharf.ts';
import { localCopyOf } from './wharf-files.ts';

jest.setTimeout(120_000);

let wharf: Wharf;
let client: Client;
let folder: Awaited<ReturnType<typeof freshFolder>>;

beforeAll(async () => {
  folder = await freshFolder('archives');
  wharf = await openWharf();
  await wharf.start('cloud-sync');
  for (const name of ['metadata', 'gateway'] as const) await Promise.all([wharf.start(name), wharf.start(name)]);
  client = clientOf(wharf.urls[0] as string);
  await eventually(async () => expect((await fetch(`${client.api}/files`)).status).toBe(200));
});

afterAll(async () => {
  await wharf?.close();
  await folder?.remove();
});

interface Stored {
  uid: string;
  name: string;
  bytes: Buffer;
}

async function store(name: string, bytes: Buffer, fields: Record<string, string> = {}): Promise<Stored> {
  const { uid } = await uploaded(client.uploadForm(bytes, name, fields, 'application/octet-stream'));
  return { uid, name, bytes };
}

let number = 0;
const newNumber = () => number++;
const storeMany = (count: number, bytes = 5000, fields: Record<string, string> = {}) =>
  Promise.all(Array.from({ length: count }, () => store(`file ${newNumber()}.bin`, randomBytes(bytes), fields)));

const archivePath = (files: readonly Pick<Stored, 'uid'>[], more = '') =>
  `/api/v1/archives?${files.map(({ uid }) => `uid=${uid}`).join('&')}${more}`;

/** From one of the two gateways, by turns. */
const ask = (at: string, index = 0, options: Parameters<typeof rawRequest>[1] = {}) =>
  rawRequest(`${wharf.urls[index % 2]}${at}`, options);

/** Whether it is an archive of these files, in their order, whole. */
async function expectArchive(body: Buffer, files: Stored[]): Promise<void> {
  const unpacked = await unpack('bsdtar', body);
  const digests = files.map(({ bytes, name }) => [name, createHash('sha256').update(bytes).digest('hex')]);
  expect(unpacked).toEqual(Object.fromEntries(digests));
}

let count = 0;
async function unpack(by: keyof typeof unpackers, body: Buffer): Promise<Record<string, string>> {
  const into = path.join(folder.path, String(count++));
  await mkdir(into);
  await writeFile(`${into}.zip`, body);
  await unpackers[by].unpack(`${into}.zip`, into);
  const digests = await digestsIn(into);
  await rm(into, { recursive: true });
  return digests;
}

async function share(files: Stored[], options: object = {}): Promise<ShareLink> {
  const answer = await fetch(`${client.api}/links`, {
    method: 'POST',
    body: JSON.stringify({ uids: files.map(({ uid }) => uid), ...options }),
    headers: { 'Content-Type': 'application/json' },
  });
  expect(answer.status).toBe(201);
  return (await answer.json()) as ShareLink;
}

async function recordOf(id: string): Promise<Record<string, unknown> | undefined> {
  const { links } = (await (await fetch(`${client.api}/links`)).json()) as { links: Record<string, unknown>[] };
  return links.find((link) => link.id === id);
}

const codeOf = (body: Buffer) => JSON.parse(body.toString()).code as string;

test.each(Object.keys(unpackers) as (keyof typeof unpackers)[])(
  '%s unpacks every file under a name of its own',
  async (by) => {
    const names = ['отчёт.txt', '🚀 launch.md', 'plan.txt', 'plan.txt', 'PLAN.txt', 'empty', 'a:b*?.txt', 'con.txt'];
    const files = await Promise.all(
      names.map((name, index) => store(name, randomBytes(index === 5 ? 0 : 1000 * index))),
    );
    const { body, headers, status } = await ask(archivePath(files, '&filename=all'));
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'content-type': 'application/zip',
      'content-length': String(body.length),
      'content-disposition': 'attachment; filename=all.zip',
      'accept-ranges': 'none',
      'x-content-type-options': 'nosniff',
    });
    const unpacked = await unpack(by, body);
    const own = [
      'отчёт.txt',
      '🚀 launch.md',
      'plan.txt',
      'plan (2).txt',
      'PLAN (3).txt',
      'empty',
      'a_b__.txt',
      '_con.txt',
    ];
    const digests = files.map(({ bytes }, index) => [own[index], createHash('sha256').update(bytes).digest('hex')]);
    expect(unpacked).toEqual(Object.fromEntries(digests));
  },
);

test('a file that was freed comes from the cloud, between others that did not', async () => {
  const files = [
    await store('a', randomBytes(100_000)),
    await store('b', randomBytes(3_000_000)),
    await store('c', randomBytes(10)),
  ];
  const { uid } = files[1] as Stored;
  await client.expectStatus(uid, 'synced');
  await rm(localCopyOf(wharf.volumeDir, uid));
  await expectArchive((await ask(archivePath(files), 1)).body, files);
});

test('an address names up to 1,000 files', async () => {
  const named = (count: number) => archivePath(Array.from({ length: count }, () => ({ uid: randomUUIDv7() })));
  expect((await ask(named(1000))).status).toBe(404);
  expect((await ask(named(1001))).status).toBe(400);
});

test('many files are asked for in a body as well, as JSON or as a form', async () => {
  const files = await storeMany(450, 50);
  const uids = files.map(({ uid }) => uid);
  const json = await fetch(`${client.api}/archives`, {
    method: 'POST',
    body: JSON.stringify({ uids, filename: 'many.zip' }),
    headers: { 'Content-Type': 'application/json' },
  });
  await expectArchive(Buffer.from(await json.arrayBuffer()), files);
  const form = await fetch(`${client.api}/archives`, {
    method: 'POST',
    body: new URLSearchParams([...uids.map((uid): [string, string] => ['uid', uid]), ['filename', 'many']]),
  });
  expect(form.headers.get('content-disposition')).toBe('attachment; filename=many.zip');
  await expectArchive(Buffer.from(await form.arrayBuffer()), files);
});

test('HEAD tells the length, and a range is answered with the whole archive', async () => {
  const files = await storeMany(3);
  const head = await ask(archivePath(files), 0, { method: 'HEAD' });
  const whole = await ask(archivePath(files), 1, { headers: { Range: 'bytes=0-9' } });
  expect([head.status, whole.status]).toEqual([200, 200]);
  expect(head.headers['content-length']).toBe(String(whole.body.length));
});

test.each([
  ['no file', '', 400, 'uid'],
  ['one twice', '?uid={a}&uid={a}', 400, 'uid'],
  ['what is no uid', '?uid=x', 400, 'uid.0'],
  ['another parameter', '?uid={a}&color=red', 400, 'color'],
  ['two names', '?uid={a}&filename=a&filename=b', 400, 'filename'],
])('%s is refused', async (_, query, status, field) => {
  const { uid } = await store('a', randomBytes(5));
  const problem = await problemOf(await fetch(`${client.api}/archives${query.replaceAll('{a}', uid)}`));
  expect(problem).toMatchObject({ status, code: 'invalid_request' });
  expect(problem.errors?.map((error) => error.path)).toEqual([field]);
});

test('where one file is not there, or not any more, nothing is sent', async () => {
  const files = await storeMany(40);
  const unknown = { ...(files[0] as Stored), uid: '01936f2e-8a3b-7c4d-9e5f-0123456789ab' };
  const missing = await ask(archivePath([...files, unknown]));
  expect([missing.status, codeOf(missing.body)]).toEqual([404, 'file_not_found']);
  const gone = files[35] as Stored;
  await fetch(`${client.api}/files/${gone.uid}`, { method: 'DELETE' });
  const ended = await ask(archivePath(files), 1);
  expect(JSON.parse(ended.body.toString())).toMatchObject({
    status: 410,
    code: 'file_deleted',
    errors: [{ message: gone.uid }],
  });
});

test('a file whose bytes are nowhere breaks the transfer', async () => {
  const files = await storeMany(4, 200_000);
  await Promise.all(files.map(({ uid }) => client.expectStatus(uid, 'synced')));
  const [lost] = await storeMany(1, 200_000);
  await wharf.stop('cloud-sync');
  const alone = await store('alone', randomBytes(200_000));
  await rm(localCopyOf(wharf.volumeDir, alone.uid));
  await expect(ask(archivePath([...files, alone, lost as Stored]))).rejects.toThrow();
  // Of the first one a problem can be told.
  const first = await ask(archivePath([alone, ...files]));
  expect([first.status, codeOf(first.body)]).toEqual([503, 'unavailable']);
  await wharf.start('cloud-sync');
});

describe('downloads that are limited', () => {
  test('an archive is one download of each of its files, all of them or none', async () => {
    const [once, twice] = [
      await storeMany(1, 5000, { max_downloads: '1' }),
      await storeMany(2, 5000, { max_downloads: '2' }),
    ];
    const files = [...once, ...twice];
    const prefetched = await ask(archivePath(files), 0, { headers: { 'Sec-Purpose': 'prefetch' } });
    expect([prefetched.status, (await ask(archivePath(files), 1, { method: 'HEAD' })).status]).toEqual([204, 200]);
    await expectArchive((await ask(archivePath(files))).body, files);
    await client.expectStatus(once[0]?.uid as string, 'deleted');
    const again = await ask(archivePath(files), 1);
    expect([again.status, codeOf(again.body)]).toEqual([410, 'downloads_exhausted']);
    for (const { uid } of twice) {
      await eventually(async () => expect(await client.record(uid)).toMatchObject({ download_count: 1 }));
      expect((await client.record(uid)).status).not.toBe('deleted');
    }
  });

  const rounds = Number(process.env.WHARF_TEST_COUNTED_LINKS ?? 2);
  test.each(Array.from({ length: rounds }, (_, round) => round + 1))(
    'a hundred clients, a link for one download: one of them has the archive, the others nothing (%d)',
    async () => {
      const files = await storeMany(5, 30_000);
      const { download_url, id } = await share(files, { max_downloads: 1, title: 'Once' });
      const answers = await Promise.all(
        Array.from({ length: 100 }, (_, index) =>
          ask(download_url, index, { headers: { 'User-Agent': `client ${index}` } }),
        ),
      );
      const complete = answers.filter(({ status }) => status === 200);
      expect(complete).toHaveLength(1);
      expectRefused(
        answers.filter(({ status }) => status !== 200).map(({ body, status }) => `${status} ${codeOf(body)}`),
      );
      await expectArchive(complete[0]?.body as Buffer, files);
      await eventually(async () =>
        expect(await recordOf(id)).toMatchObject({ download_count: 1, status: 'exhausted' }),
      );
      expect(codeOf((await ask(download_url)).body)).toBe('downloads_exhausted');
      // What gateways count by themselves is told once a second.
      await eventually(async () => expect((await recordOf(id))?.last_used_at).not.toBeNull());
      expect(await recordOf(id)).toMatchObject({ download_count: 1, status: 'exhausted' });
    },
  );
});
