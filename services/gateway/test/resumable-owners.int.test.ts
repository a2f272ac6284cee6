import { readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Problem } from '@wharf/contracts';
import type { Running } from '@wharf/service-kit';
import { eventually, headersOf, knowsCallers, newUid, publishKey } from '@wharf/test-kit';
import { startGatewayProcess } from '../../../e2e/gateway-process.ts';
import { QuotaStandIn } from './quota-stand-in.js';
import { send } from './tus-client.js';
import { GatewayWorld } from './world.js';

let world: GatewayWorld;
let gateway: Running;
let quotas: QuotaStandIn;

/** How long an upload waits for its client here; what looks after uploads comes four times as often. */
const expiryMs = 2000;

beforeAll(async () => {
  world = await GatewayWorld.open({
    ...knowsCallers,
    QUOTA_BYTES: '1000000',
    UPLOAD_EXPIRY: `${expiryMs}ms`,
    UPLOAD_LEASE: '500ms',
  });
  publishKey(world.bus);
  gateway = await world.start();
}, 60_000);

afterAll(() => world?.close(), 30_000);

beforeEach(async () => {
  quotas = new QuotaStandIn(world.bus);
  await quotas.start();
});

afterEach(() => quotas.stop());

const ann = headersOf('ann');
const bob = headersOf('bob');
const length = (bytes: number) => ({ 'Upload-Length': String(bytes) });
const uidOf = (url: string) => url.split('/').at(-1) as string;
const staged = () => readdir(path.join(world.volumeDir, 'incoming'));

const post = (headers: Record<string, string>) =>
  send('POST', `${gateway.url}/api/v1/uploads`, { headers: { ...ann, ...headers } });

async function begin(headers: Record<string, string>): Promise<string> {
  const answer = await post(headers);
  expect(answer.status).toBe(201);
  return gateway.url + answer.headers.get('Location');
}

const append = (url: string, offset: number, body: string, headers: Record<string, string> = ann) =>
  send('PATCH', url, { headers: { ...headers, 'Upload-Offset': String(offset) }, body });

const codeOf = async (answer: Response) => ((await answer.json()) as Problem).code;

test('an upload of another owner is not there, for any verb; a new token of the owner goes on', async () => {
  const url = await begin(length(5));
  const refused = [
    await send('HEAD', url, { headers: bob }),
    await append(url, 0, 'hello', bob),
    await send('DELETE', url, { headers: bob }),
    await send('POST', url, { headers: { ...bob, 'X-HTTP-Method-Override': 'DELETE' } }),
  ];
  expect(refused.map(({ status }) => status)).toEqual([404, 404, 404, 404]);
  expect((await append(url, 0, 'hello', {})).status).toBe(401);
  expect((await append(url, 0, 'hello', headersOf('ann'))).status).toBe(204);
  const file = `${gateway.url}/api/v1/files/${uidOf(url)}`;
  expect((await fetch(file, { headers: bob })).status).toBe(404);
  expect(await (await fetch(file, { headers: ann })).text()).toBe('hello');
});

test('parts of others are not joined', async () => {
  const part = await begin({ ...length(1), 'Upload-Concat': 'partial' });
  expect((await append(part, 0, 'a')).status).toBe(204);
  const headers = { ...bob, 'Upload-Concat': `final;${part}` };
  expect((await send('POST', `${gateway.url}/api/v1/uploads`, { headers })).status).toBe(404);
});

test('a length that does not fit the quota is refused at creation, and nothing is left', async () => {
  quotas.leftBytes = 99;
  const before = await staged();
  const answer = await post(length(100));
  expect([answer.status, await codeOf(answer)]).toEqual([507, 'quota_exceeded']);
  expect(await staged()).toEqual(before);
});

test('what is reserved is renewed while nothing comes, and given back at the end', async () => {
  const url = await begin(length(100));
  expect(quotas.held.get(uidOf(url))).toBe(100);
  await eventually(() => expect(quotas.renewed).toContain(uidOf(url)));
  expect((await send('DELETE', url, { headers: ann })).status).toBe(204);
  expect(quotas.released).toContain(uidOf(url));
  expect(quotas.held.size).toBe(0);
});

test('bytes of a length that comes later are reserved as they come', async () => {
  const url = await begin({ 'Upload-Defer-Length': '1' });
  expect(quotas.held.get(uidOf(url))).toBe(0);
  expect((await append(url, 0, 'hello')).status).toBe(204);
  expect(quotas.held.get(uidOf(url))).toBe(5);
  quotas.leftBytes = 2;
  const answer = await append(url, 5, 'world');
  expect([answer.status, await codeOf(answer)]).toEqual([507, 'quota_exceeded']);
  expect((await send('HEAD', url, { headers: ann })).headers.get('Upload-Offset')).toBe('5');
});

test('what has lapsed is reserved again by the next piece, or refuses it', async () => {
  const url = await begin(length(10));
  expect((await append(url, 0, 'hello')).status).toBe(204);
  quotas.drop(uidOf(url));
  quotas.leftBytes = 9;
  expect((await append(url, 5, 'world')).status).toBe(507);
  quotas.leftBytes = 10;
  expect((await append(url, 5, 'world')).status).toBe(204);
  expect(quotas.held.get(uidOf(url))).toBe(10);
});

test('parts that are joined take the quota once', async () => {
  quotas.leftBytes = 12;
  const parts = await Promise.all(['hello', 'world'].map(() => begin({ ...length(5), 'Upload-Concat': 'partial' })));
  for (const [index, part] of parts.entries()) {
    expect((await append(part, 0, index === 0 ? 'hello' : 'world')).status).toBe(204);
  }
  const url = await begin({ 'Upload-Concat': `final;${parts.join(' ')}` });
  expect([...quotas.held]).toEqual([[uidOf(url), 10]]);
});

test('while metadata is away nothing is taken unjudged', async () => {
  const url = await begin(length(5));
  await quotas.stop();
  expect([(await post(length(5))).status, (await append(url, 0, 'hello')).status]).toEqual([503, 503]);
  await quotas.start();
  expect((await append(url, 0, 'hello')).status).toBe(204);
});

test('an upload to which nothing comes expires: its bytes and its quota are free', async () => {
  const url = await begin(length(10));
  expect((await append(url, 0, 'hello')).status).toBe(204);
  await eventually(async () => expect((await send('HEAD', url, { headers: ann })).status).toBe(410));
  expect((await append(url, 5, 'world')).status).toBe(410);
  await eventually(async () => {
    expect((await staged()).filter((name) => name.startsWith(uidOf(url)))).toEqual([]);
    expect(quotas.released).toContain(uidOf(url));
  });
  expect((await send('HEAD', url, { headers: ann })).status).toBe(410);
  expect(await (await fetch(`${gateway.url}/metrics`)).text()).toMatch(
    /wharf_resumable_uploads_total\{step="expired"[^}]*\} [1-9]/,
  );
});

test('files of uploads that are no more are removed', async () => {
  const name = `${newUid()}.7.part`;
  await writeFile(path.join(world.volumeDir, 'incoming', name), 'x');
  await eventually(async () => expect(await staged()).not.toContain(name));
});

test('an upload whose gateway died with all bytes becomes its file by itself', async () => {
  const killed = await startGatewayProcess({
    ...world.environment,
    NATS_URL: world.natsUrl,
    WHARF_FAULT: 'gateway.offset_told:kill',
    NODE_ENV: 'test',
  });
  const url = await begin(length(5));
  await expect(append(url.replace(gateway.url, killed.url), 0, 'hello')).rejects.toThrow();
  const file = `${gateway.url}/api/v1/files/${uidOf(url)}`;
  await eventually(async () => expect((await fetch(file, { headers: ann })).status).toBe(200));
}, 60_000);
