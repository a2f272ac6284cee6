import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '@wharf/test-kit';
import { type Client, clientOf, uploaded } from '../../../e2e/client.ts';
import { GatewayWorld } from './world.js';

let world: GatewayWorld;
let client: Client;

beforeAll(async () => {
  world = await GatewayWorld.open();
  client = clientOf((await world.start()).url);
});

afterAll(() => world?.close());

const upload = (fields: Record<string, string> = {}) =>
  uploaded(client.uploadForm(Buffer.from('hello'), 'a.txt', fields, 'text/plain'));

async function linkOf(uid: string, limits: object): Promise<string> {
  const answer = await fetch(`${client.api}/files/${uid}/links`, {
    method: 'POST',
    body: JSON.stringify(limits),
    headers: { 'Content-Type': 'application/json' },
  });
  return client.url + ((await answer.json()) as { download_url: string }).download_url;
}

const speculative: Record<string, string>[] = [
  { 'Sec-Purpose': 'prefetch' },
  { 'Sec-Purpose': 'prefetch;prerender' },
  { Purpose: 'prefetch' },
  { Purpose: 'preview' },
  { 'X-Purpose': 'preview' },
  { 'X-Moz': 'prefetch' },
  { 'Sec-Purpose': 'prefetch', Range: 'bytes=0-0' },
];

test.each([
  ['file', async () => `${client.api}/files/${(await upload({ max_downloads: '1' })).uid}`],
  ['named file', async () => `${client.api}/files/${(await upload({ max_downloads: '1' })).uid}/a.txt`],
  ['link', async () => linkOf((await upload()).uid, { max_downloads: 1 })],
  ['link to a limited file', async () => linkOf((await upload({ max_downloads: '1' })).uid, {})],
])('neither prefetching nor HEAD uses up the download of a limited %s', async (_what, open) => {
  const address = await open();
  for (const headers of speculative) {
    const answer = await fetch(address, { headers });
    expect([headers, answer.status, await answer.text()]).toEqual([headers, 204, '']);
    expect(answer.headers.get('Cache-Control')).toBe('no-store');
    for (const name of ['ETag', 'Content-Type', 'Content-Disposition', 'Set-Cookie', 'Repr-Digest']) {
      expect([name, answer.headers.get(name)]).toEqual([name, null]);
    }
    expect((await fetch(address, { method: 'HEAD', headers })).status).toBe(200);
  }
  expect(await (await fetch(address)).text()).toBe('hello');
  await eventually(async () => {
    const answer = await fetch(address, { headers: { 'Sec-Purpose': 'prefetch' } });
    expect(answer.status).toBe(410);
  });
});

test('a file without a limit is sent ahead', async () => {
  const { uid } = await upload();
  for (const address of [`${client.api}/files/${uid}`, await linkOf(uid, {})]) {
    const answer = await fetch(address, { headers: { 'Sec-Purpose': 'prefetch' } });
    expect([answer.status, await answer.text()]).toEqual([200, 'hello']);
  }
});
