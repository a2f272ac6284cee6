import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Running } from '@wharf/service-kit';
import type { GatewayProcess } from '../../../e2e/gateway-process.ts';
import { joinedUid } from '../src/resumable/joined-uid.js';
import { expectFile } from './expect-upload.js';
import { append, create, fileOf, send, through } from './tus-client.js';
import { openTwoGateways, type TwoGateways } from './two-gateways.js';

let gateways: TwoGateways;
let world: TwoGateways['world'];
let one: Running;
let other: Running;

beforeAll(async () => {
  gateways = await openTwoGateways({ UPLOAD_LEASE: '1s' });
  ({ world, one, other } = gateways);
}, 60_000);

afterAll(() => gateways?.close(), 30_000);

/** A gateway that is killed when it comes to this step. */
function startMortal(point: string): Promise<GatewayProcess> {
  return gateways.startProcess({ WHARF_FAULT: `${point}:kill`, NODE_ENV: 'test' });
}

const length = (bytes: Uint8Array) => ({ 'Upload-Length': String(bytes.length) });

const stagedOf = async (url: string) => {
  const names = await readdir(path.join(world.volumeDir, 'incoming'));
  return names.filter((name) => name.startsWith(uidOf(url)));
};

test.concurrent('what was about to be a file when it is ended is one, and nothing else is left', async () => {
  const killed = await startMortal('gateway.upload_planned');
  const url = await create(one.url, length(Buffer.from('hello')));
  await expect(append(through(url, killed), 0, 'hello')).rejects.toThrow();
  expect((await send('DELETE', through(url, other))).status).toBe(204);
  expect((await send('HEAD', url)).status).toBe(404);
  await expectFile(url, Buffer.from('hello'));
  expect(await stagedOf(url)).toEqual([]);
}, 60_000);

/** As if its client had not come back in time. */
async function letExpire(url: string): Promise<void> {
  const bucket = await world.bus.jetstream().views.kv('wharf_uploads', { bindOnly: true });
  const key = uidOf(url);
  const entry = await bucket.get(key);
  const overdue = { ...entry?.json<object>(), expires_at: new Date(0).toISOString() };
  await bucket.update(key, JSON.stringify(overdue), entry?.revision ?? 0);
}

test.concurrent('what has all its bytes does not expire before it is a file', async () => {
  const killed = await startMortal('gateway.offset_told');
  const url = await create(one.url, length(Buffer.from('hello')));
  await expect(append(through(url, killed), 0, 'hello')).rejects.toThrow();
  await letExpire(url);
  const head = await send('HEAD', through(url, other));
  expect([head.status, head.headers.get('Upload-Offset'), head.headers.get('Upload-Expires')]).toEqual([
    200,
    '5',
    null,
  ]);
  expect(head.headers.get('Wharf-File')).not.toBeNull();
  await expectFile(through(url, one), Buffer.from('hello'));

  const short = await create(one.url, length(Buffer.from('hello')));
  await letExpire(short);
  expect((await send('HEAD', through(short, other))).status).toBe(410);
}, 60_000);

async function partOf(bytes: Uint8Array): Promise<string> {
  const url = await create(one.url, { ...length(bytes), 'Upload-Concat': 'partial' });
  expect((await append(url, 0, bytes)).status).toBe(204);
  return new URL(url).pathname;
}

const join = (gateway: { url: string }, ...parts: string[]) =>
  send('POST', `${gateway.url}/api/v1/uploads`, { headers: { 'Upload-Concat': `final;${parts.join(' ')}` } });

const uidOf = (url: string) => url.split('/').at(-1) as string;
const joinedBy = (...parts: string[]) => `${one.url}/api/v1/uploads/${joinedUid({ id: null }, parts.map(uidOf))}`;

/** Where the same join has led all its requests. */
async function expectOne(answers: Response[]): Promise<string> {
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
  const [location, ...others] = new Set(answers.map(({ headers }) => headers.get('Location')));
  expect(others).toEqual([]);
  return `${one.url}${location}`;
}

test.concurrent.each([
  'gateway.upload_created',
  'gateway.part_joined',
  'gateway.upload_planned',
  'gateway.upload_stored',
])(
  'killed at %s of a join, whoever repeats it gets the one file of it',
  async (point) => {
    const bytes = [randomBytes(100_000), randomBytes(70_000)] as const;
    const parts = await Promise.all(bytes.map(partOf));
    const killed = await startMortal(point);
    await expect(join(killed, ...parts)).rejects.toThrow();
    const repeated = await Promise.all([join(one, ...parts), join(other, ...parts)]);
    const url = await expectOne([...repeated, await join(one, ...parts)]);
    for (const { headers } of repeated) expect(headers.get('Wharf-File')).toBe(new URL(fileOf(url)).pathname);
    await expectFile(url, Buffer.concat(bytes));
    expect(await Promise.all([url, ...parts].map(stagedOf))).toEqual([[], [], []]);
  },
  60_000,
);

test.concurrent('joined many times at one moment it is one file', async () => {
  const bytes = [randomBytes(100_000), randomBytes(70_000)] as const;
  const parts = await Promise.all(bytes.map(partOf));
  const url = await expectOne(await Promise.all([one, other, one, other].map((gateway) => join(gateway, ...parts))));
  await expectFile(url, Buffer.concat(bytes));
});

test.concurrent('in another order it is another file, and its parts are of nothing else any more', async () => {
  const [hello, there] = [await partOf(Buffer.from('hello ')), await partOf(Buffer.from('there '))];
  const killed = await startMortal('gateway.upload_created');
  await expect(join(killed, hello, there)).rejects.toThrow();
  const url = await expectOne([await join(one, there, hello, hello)]);
  await expectFile(url, Buffer.from('there hello hello '));
  expect((await join(other, hello, there)).status).toBe(404);
  expect(await stagedOf(joinedBy(hello, there))).toEqual([]);
}, 60_000);

test.concurrent('a join that was ended in the middle may begin again', async () => {
  const bytes = randomBytes(100_000);
  const parts = [await partOf(bytes)];
  const killed = await startMortal('gateway.part_joined');
  await expect(join(killed, ...parts)).rejects.toThrow();
  const ending = joinedBy(...parts);
  expect((await send('DELETE', ending)).status).toBe(204);
  expect((await send('HEAD', ending)).status).toBe(404);
  expect(await stagedOf(ending)).toEqual([]);
  const url = await expectOne([await join(other, ...parts)]);
  expect(url).toBe(ending);
  await expectFile(url, bytes);
}, 60_000);
