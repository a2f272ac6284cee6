import { randomBytes } from 'node:crypto';
import { readdir, rename, symlink, unlink, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { FileSyncFailed, FilesStream } from '@wharf/contracts';
import { ensureStreams } from '@wharf/messaging';
import type { Running } from '@wharf/service-kit';
import { eventually, freshFolder } from '@wharf/test-kit';
import { layout, Volume } from '@wharf/volume';
import { openBus, streamLimits } from '../../../libs/test-kit/test/service-world.ts';
import { startTestNats } from '../../../scripts/servers/test-nats.ts';
import { metric, World } from './world.js';

let world: World;

beforeAll(async () => {
  world = await World.open();
}, 30_000);
beforeEach(() => world.proxy.restore());
afterEach(() => world.closeReplicas());
afterAll(() => world.close());

/** One failed delivery would be a dead letter: what survives an outage with it burnt none. */
const oneDelivery = { SYNC_MAX_DELIVER: '1' };

async function readiness(running: Running): Promise<number> {
  return (await fetch(`${running.url}/health/ready`)).status;
}

async function expectNothingGivenUp(uid: string): Promise<void> {
  expect(await world.deadLetters(uid)).toEqual([]);
  expect(await world.messages(FilesStream.name, FileSyncFailed.type, uid)).toEqual([]);
}

test('starts without the object store, waits for it, then makes the bucket and copies', async () => {
  await world.proxy.cut();
  const running = await world.start(oneDelivery);
  expect(await readiness(running)).toBe(503);
  const file = await world.storeFile(randomBytes(1000));
  await world.announce(file);

  await eventually(async () => expect(await metric(running, 'wharf_consumer_paused', 'file_stored')).toBe(1));
  await expectNothingGivenUp(file.uid);
  await world.proxy.restore();
  await world.synced(file.uid);
  await expectNothingGivenUp(file.uid);
  await eventually(async () => expect(await metric(running, 'wharf_consumer_paused', 'file_stored')).toBe(0));
  expect(await readiness(running)).toBe(200);
}, 60_000);

test('an object store that goes away in the middle of a copy costs the file nothing', async () => {
  const running = await world.start(oneDelivery);
  const first = await world.storeFile(randomBytes(1000));
  await world.announce(first);
  await world.synced(first.uid);
  const file = await world.storeFile(randomBytes(24 * 1024 * 1024));
  const stalled = world.proxy.stallAfter(1024 * 1024);
  await world.announce(file);
  await stalled;
  await world.proxy.cut();

  await eventually(async () => expect(await metric(running, 'wharf_consumer_paused', 'file_stored')).toBe(1));
  await world.proxy.restore();
  await world.synced(file.uid);
  await expectNothingGivenUp(file.uid);
}, 90_000);

test('a replica that is stopped in the middle of a copy leaves it to the next one', async () => {
  const running = await world.start(oneDelivery);
  await eventually(async () => expect(await readiness(running)).toBe(200));
  const file = await world.storeFile(randomBytes(24 * 1024 * 1024));
  const stalled = world.proxy.stallAfter(1024 * 1024);
  await world.announce(file);
  await stalled;
  const closing = running.close();
  await Promise.race([closing, delay(10_000).then(() => Promise.reject(new Error('the stop took too long')))]);

  await expectNothingGivenUp(file.uid);
  await world.proxy.restore();
  await world.start(oneDelivery);
  await world.synced(file.uid);
  await expectNothingGivenUp(file.uid);
}, 60_000);

test('a volume that is not mounted is waited for, and no file of it counts as missing', async () => {
  const running = await world.start(oneDelivery);
  await eventually(async () => expect(await readiness(running)).toBe(200));
  const file = await world.storeFile(randomBytes(1000));
  const away = `${world.volume.root}-away`;
  await rename(world.volume.root, away);
  await world.announce(file);

  await eventually(async () => expect(await metric(running, 'wharf_consumer_paused', 'file_stored')).toBe(1));
  await expectNothingGivenUp(file.uid);
  await rename(away, world.volume.root);
  await world.synced(file.uid);
}, 60_000);

test('a volume that is damaged is waited for, and no file of it counts as unreadable', async () => {
  const running = await world.start(oneDelivery);
  await eventually(async () => expect(await readiness(running)).toBe(200));
  const file = await world.storeFile(randomBytes(1000));
  const [local, incoming] = [world.volume.resolve(file.local_path), world.volume.resolve(layout.incoming)];
  await rename(local, `${local}.away`);
  await symlink(local, local);
  await rename(incoming, `${incoming}.away`);
  await writeFile(incoming, 'not a folder');
  await world.announce(file);

  await eventually(async () => expect(await metric(running, 'wharf_consumer_paused', 'file_stored')).toBe(1));
  await expectNothingGivenUp(file.uid);
  await rename(`${local}.away`, local);
  await unlink(incoming);
  await rename(`${incoming}.away`, incoming);
  await world.synced(file.uid);
  await expectNothingGivenUp(file.uid);
}, 60_000);

test('starts while NATS is away', async () => {
  const folder = await freshFolder('late-nats');
  const earlier = await startTestNats({ dir: folder.path, log: () => undefined });
  await earlier.stop();
  const running = await world.start({ NATS_URL: world.natsUrlOf('cloud-sync', earlier.url) });
  expect(await readiness(running)).toBe(503);
  expect((await fetch(`${running.url}/health/live`)).status).toBe(200);

  const nats = await startTestNats({ dir: folder.path, port: earlier.port, log: () => undefined });
  const bus = await openBus(nats.url);
  await ensureStreams(bus, streamLimits);
  await eventually(async () => expect(await readiness(running)).toBe(200));
  await world.closeReplicas();
  await bus.drain();
  await nats.stop();
  await folder.remove();
}, 60_000);

test('starts while the volume is not mounted, and makes nothing in its place', async () => {
  const folder = await freshFolder('late-volume');
  const running = await world.start({ VOLUME_DIR: folder.path });
  expect(await readiness(running)).toBe(503);
  expect(await readdir(folder.path)).toEqual([]);

  const volume = await Volume.open(folder.path, { durability: 'os' });
  await eventually(async () => expect(await readiness(running)).toBe(200));
  await world.closeReplicas();
  await volume.close();
  await folder.remove();
}, 60_000);
