import { randomBytes } from 'node:crypto';
import { symlink } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { FileStored, FileSyncFailed, FilesStream, Header } from '@wharf/contracts';
import { eventually } from '@wharf/test-kit';
import { World } from './world.js';

let world: World;

beforeAll(async () => {
  world = await World.open();
}, 30_000);
afterEach(() => world.closeReplicas());
afterAll(() => world.close());

test('bytes that are not the announced ones are given up at the limit, with the reason', async () => {
  await world.start({ SYNC_MAX_DELIVER: '2' });
  const file = { ...(await world.storeFile(randomBytes(1000))), sha256: '0'.repeat(64) };
  await world.announce(file);

  const [dead] = await eventually(async () => {
    const found = await world.deadLetters(file.uid);
    expect(found).toHaveLength(1);
    return found;
  });
  expect(dead?.subject).toBe('dead.cloud-sync.file.stored');
  expect(dead?.header(Header.deadCode)).toBe('digest_mismatch');
  expect(dead?.header(Header.deadDeliveries)).toBe('2');
  const failed = await world.messages(FilesStream.name, FileSyncFailed.type, file.uid);
  expect(failed).toHaveLength(1);
  const { data } = FileSyncFailed.envelope.parse(JSON.parse(failed[0]?.text ?? ''));
  expect(data).toMatchObject({ uid: file.uid, attempts: 2, reason: expect.stringMatching(/^digest_mismatch: /) });
  expect(await world.messages(FilesStream.name, 'file.synced', file.uid)).toEqual([]);
}, 30_000);

test('a deleted file that has no bytes any more is done', async () => {
  const file = await world.storeFile(randomBytes(1000));
  await world.volume.remove(file.local_path);
  const asked: string[] = [];
  const stopAnswering = world.playMetadata((uid) => {
    asked.push(uid);
    return 'deleted';
  }, file);
  await world.start({ SYNC_MAX_DELIVER: '1' });
  await world.announce(file);

  await eventually(() => expect(asked).toEqual([file.uid]));
  await eventually(async () => expect(await world.unsettled('cloud-sync-file_stored')).toBe(0));
  stopAnswering();
  expect(await world.deadLetters(file.uid)).toEqual([]);
  expect(await world.messages(FilesStream.name, undefined, file.uid)).toHaveLength(1);
}, 30_000);

test.each(['stored', undefined, 'nobody answers'] as const)(
  'a file without bytes that was not deleted is given up (metadata says: %s)',
  async (status) => {
    const file = await world.storeFile(randomBytes(1000));
    await world.volume.remove(file.local_path);
    const stopAnswering = status === 'nobody answers' ? () => undefined : world.playMetadata(() => status, file);
    await world.start({ SYNC_MAX_DELIVER: '2' });
    await world.announce(file);

    await eventually(async () => expect(await world.deadLetters(file.uid)).toHaveLength(1));
    stopAnswering();
    const [dead] = await world.deadLetters(file.uid);
    expect(dead?.header(Header.deadCode)).toBe('file_not_found');
    expect(await world.messages(FilesStream.name, FileSyncFailed.type, file.uid)).toHaveLength(1);
  },
  30_000,
);

test('a file that cannot be read on a sound volume is given up', async () => {
  const file = await world.storeFile(randomBytes(1000));
  await world.volume.remove(file.local_path);
  await symlink(world.volume.resolve(file.local_path), world.volume.resolve(file.local_path));
  await world.start({ SYNC_MAX_DELIVER: '2' });
  await world.announce(file);

  const [dead] = await eventually(async () => {
    const found = await world.deadLetters(file.uid);
    expect(found).toHaveLength(1);
    return found;
  });
  expect(dead?.header(Header.deadCode)).toBe('internal');
  expect(dead?.header(Header.deadDeliveries)).toBe('2');
}, 30_000);

test('a malformed event becomes a dead letter with the reason, and the next one is handled', async () => {
  await world.start();
  const file = await world.storeFile(randomBytes(1000));
  const jetstream = world.bus.jetstream();
  await jetstream.publish(FileStored.type, 'this is not JSON');
  await jetstream.publish(FileStored.type, JSON.stringify({ specversion: '1.0', type: FileStored.type }));
  await world.announce(file);

  await world.synced(file.uid);
  const dead = await eventually(async () => {
    const found = (await world.deadLetters()).filter((letter) => !letter.header(Header.eventSubject));
    expect(found).toHaveLength(2);
    return found;
  });
  expect(dead.map((letter) => letter.header(Header.deadCode))).toEqual(['invalid_request', 'invalid_request']);
  const reasons = dead.map((letter) => letter.header(Header.deadReason)).sort();
  expect(reasons[0]).toContain('not JSON');
  expect(reasons[1]).toContain('not a valid file.stored event');
}, 30_000);
