import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Running } from '@wharf/service-kit';
import { eventually, newUid } from '@wharf/test-kit';
import { append, create, fileOf, metadataOf, send } from '../../services/gateway/test/tus-client.ts';
import { GatewayWorld } from '../../services/gateway/test/world.ts';
import { wharf } from './wharf.js';

let world: GatewayWorld;
let gateway: Running;

beforeAll(async () => {
  world = await GatewayWorld.open();
  gateway = await world.start();
  // Looks after uploads every second, and not after minutes; those of the other one rest for a day.
  await world.start({ UPLOAD_EXPIRY: '1s' });
}, 60_000);

afterAll(() => world?.close(), 30_000);

const uploads = (...words: string[]) => wharf({ NATS_URL: world.natsUrl }, 'uploads', ...words);
const uidOf = (url: string) => url.split('/').at(-1) as string;

async function begin(name: string): Promise<string> {
  const url = await create(gateway.url, { 'Upload-Length': '10', ...metadataOf({ filename: name }) });
  expect((await append(url, 0, 'four')).status).toBe(204);
  return url;
}

async function listed(...words: string[]): Promise<Record<string, unknown>[]> {
  const { exitCode, stderr, stdout } = await uploads('list', '--json', ...words);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

test('uploads that are not complete are listed, and with --all those that have ended', async () => {
  const [waiting, stored] = [await begin('waiting\u001b[31m.bin'), await begin('stored.bin')];
  expect((await append(stored, 4, '567890')).status).toBe(204);
  expect((await fetch(fileOf(stored))).status).toBe(200);
  const found = (await listed()).filter(({ uid }) => [waiting, stored].map(uidOf).includes(String(uid)));
  expect(found).toEqual([
    {
      ...{
        uid: uidOf(waiting),
        state: 'waiting',
        kind: 'whole',
        owner_id: null,
        original_name: 'waiting\u001b[31m.bin',
      },
      ...{ size_bytes: 10, offset: 4, created_at: expect.any(String), expires_at: expect.any(String) },
    },
  ]);
  expect(Math.abs(Date.parse(String(found[0]?.created_at)) - Date.now())).toBeLessThan(60_000);
  expect(await listed('--all')).toContainEqual(expect.objectContaining({ uid: uidOf(stored), state: 'stored' }));
  expect(await listed('--owner', 'ann')).toEqual([]);
  const { stdout } = await uploads('list');
  expect(stdout).toMatch(/^UID +STATE +KIND +OFFSET +LENGTH +AGE +EXPIRES +OWNER +NAME\n/);
  expect(stdout).toContain('waiting\ufffd[31m.bin');
});

test('one that is dropped is refused from then on, and its bytes are removed', async () => {
  const [dropped, other] = [await begin('dropped.bin'), await begin('other.bin')];
  const refused = await uploads('drop', uidOf(dropped));
  expect(refused).toEqual({
    exitCode: 2,
    stdout: '',
    stderr: 'wharf: 1 would be ended for good; say --yes to do it\n',
  });
  expect((await send('HEAD', dropped)).status).toBe(200);
  expect(await uploads('drop', uidOf(dropped), '--yes')).toEqual({ exitCode: 0, stdout: '1 dropped\n', stderr: '' });
  expect((await send('HEAD', dropped)).status).toBe(410);
  expect((await append(dropped, 4, '567890')).status).toBe(410);
  const staged = () => readdir(path.join(world.volumeDir, 'incoming')).then((names) => names.join());
  await eventually(async () => expect(await staged()).not.toContain(uidOf(dropped)));
  expect(await staged()).toContain(uidOf(other));
  expect((await append(other, 4, '567890')).status).toBe(204);
});

test('a request that writes to it is refused', async () => {
  const url = await create(gateway.url, { 'Upload-Length': '10' });
  let finish: () => void = () => undefined;
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(Buffer.from('12345'));
      finish = () => {
        controller.enqueue(Buffer.from('67890'));
        controller.close();
      };
    },
  });
  const answer = append(url, 0, body);
  await eventually(async () =>
    expect(await listed()).toContainEqual(expect.objectContaining({ uid: uidOf(url), state: 'running' })),
  );
  expect((await uploads('drop', uidOf(url), '--yes')).stdout).toBe('1 dropped\n');
  finish();
  expect((await answer).status).toBe(423);
  expect((await send('HEAD', url)).status).toBe(410);
  expect((await fetch(fileOf(url))).status).toBe(404);
});

test('all are dropped, and none that is a file', async () => {
  const [open, stored] = [await begin('open.bin'), await begin('stored.bin')];
  expect((await append(stored, 4, '567890')).status).toBe(204);
  expect(await uploads('drop', uidOf(open), uidOf(stored), '--yes')).toEqual({
    ...{ exitCode: 1, stdout: '' },
    stderr: `wharf: ${uidOf(stored)} has ended: it is stored\n`,
  });
  expect((await uploads('drop', '--all', '--yes')).stdout).toMatch(/^\d+ dropped\n$/);
  expect((await send('HEAD', open)).status).toBe(410);
  expect((await fetch(fileOf(stored))).status).toBe(200);
  expect((await uploads('list')).stdout).toBe('There are no such uploads.\n');
});

test.each([
  [2, ['drop'], 'which ones'],
  [2, ['drop', newUid(), '--all'], 'not both'],
  [2, ['drop', 'no-uid'], 'lower-case UUIDv7'],
  [1, ['drop', newUid(), '--yes'], 'there is no upload'],
])('exit code %i: %j', async (exitCode, words, reason) => {
  const outcome = await uploads(...words);
  expect(outcome).toMatchObject({ exitCode, stdout: '' });
  expect(outcome.stderr).toContain(reason);
});
