import { expect, test } from '@jest/globals';
import { VolumeSpace } from './volume-space.js';

const kibibyte = 1024;
const mebibyte = 1024 * kibibyte;
const beside = 160 * kibibyte;

/** A volume that is as full as the test says, and answers when the test says. */
function diskOf(freeBytes: number) {
  return {
    free: freeBytes,
    onAsked: async () => {},
    async freeBytes() {
      const answer = this.free;
      await this.onAsked();
      return answer;
    },
  };
}

const refused = { code: 'insufficient_storage' };

test('an announced body that does not fit is refused, whatever its share would be', async () => {
  const space = new VolumeSpace(diskOf(30 * mebibyte), 5 * mebibyte);
  await expect(space.reserve(25 * mebibyte)).rejects.toMatchObject(refused);
  (await space.reserve(25 * mebibyte - beside)).release();
});

test('announced bodies hold half of the room together; those beyond are begun as well, and share the rest', async () => {
  const space = new VolumeSpace(diskOf(30 * mebibyte), 5 * mebibyte);
  const reservations = await Promise.all(Array.from({ length: 10 }, () => space.reserve(4 * mebibyte)));
  // Three of them fit into 12.5 mebibytes.
  const leftBytes = 25 * mebibyte - 3 * 4 * mebibyte - 10 * beside;
  await expect(space.reserve(leftBytes - beside + 1)).rejects.toMatchObject(refused);
  (await space.reserve(leftBytes - beside)).release();
  for (const reservation of reservations) reservation.release();
  (await space.reserve(25 * mebibyte - beside)).release();
});

test('a body whose announced length is held does not meet a full volume', async () => {
  const disk = diskOf(30 * mebibyte);
  const space = new VolumeSpace(disk, 0);
  const held = await space.reserve(10 * mebibyte);
  const others = await Promise.all(Array.from({ length: 3 }, () => space.reserve(8 * mebibyte)));
  const taken = await Promise.allSettled(others.map((other) => other.reserve(8 * mebibyte)));
  expect(taken.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
  for (let count = 0; count < 10; count++) await held.reserve(mebibyte);
});

test('what of an announced body has arrived makes room for the next announcement', async () => {
  const disk = diskOf(40 * mebibyte);
  const space = new VolumeSpace(disk, 0);
  const first = await space.reserve(18 * mebibyte);
  await first.reserve(18 * mebibyte);
  first.commit(18 * mebibyte);
  disk.free -= 18 * mebibyte;
  const second = await space.reserve(10 * mebibyte);
  // As much as the second one does not hold, a body that comes step by step can have.
  const rest = await space.reserve(0);
  await expect(rest.reserve(12 * mebibyte)).rejects.toMatchObject(refused);
  await second.reserve(10 * mebibyte);
});

test('150 clients that announce much and send little keep nobody out', async () => {
  const space = new VolumeSpace(diskOf(200 * mebibyte), 0);
  const idle = await Promise.all(Array.from({ length: 150 }, () => space.reserve(10 * mebibyte)));
  for (const reservation of idle) {
    await reservation.reserve(70 * kibibyte);
    reservation.commit(70 * kibibyte);
  }
  const honest = await Promise.all([1, 20, 30].map((size) => space.reserve(size * mebibyte)));
  await honest[0]?.reserve(mebibyte);
  for (let count = 0; count < 30; count++) await honest[2]?.reserve(mebibyte);
});

test('released room can be reserved again, once', async () => {
  const space = new VolumeSpace(diskOf(20 * mebibyte + 2 * beside), 0);
  const reservation = await space.reserve(10 * mebibyte);
  await expect(space.reserve(10 * mebibyte + 1)).rejects.toMatchObject(refused);
  reservation.release();
  reservation.release();
  await expect(space.reserve(20 * mebibyte + beside + 1)).rejects.toMatchObject(refused);
  (await space.reserve(20 * mebibyte + beside)).release();
});

test('the reserve can be filled up to its last byte, and no further', async () => {
  const exact = new VolumeSpace(diskOf(mebibyte + beside + 1000), 1000);
  await expect(exact.reserve(mebibyte + 1)).rejects.toMatchObject(refused);
  (await exact.reserve(mebibyte)).release();
});

test('what is written is not counted twice', async () => {
  const disk = diskOf(20 * mebibyte);
  const space = new VolumeSpace(disk, 0);
  const reservation = await space.reserve(10 * mebibyte);
  await reservation.reserve(mebibyte);
  disk.free -= mebibyte;
  reservation.commit(mebibyte);
  (await space.reserve(10 * mebibyte - 2 * beside)).release();
  await expect(space.reserve(10 * mebibyte)).rejects.toMatchObject(refused);
});

test('what is written while the volume is asked counts', async () => {
  const disk = diskOf(20 * mebibyte);
  const space = new VolumeSpace(disk, 0);
  const reservation = await space.reserve(10 * mebibyte);
  disk.onAsked = async () => reservation.commit(10 * mebibyte);
  await expect(space.reserve(15 * mebibyte)).rejects.toMatchObject(refused);
});

test('a body of unknown length takes room as it comes, and ends at the reserve', async () => {
  const disk = diskOf(10 * mebibyte);
  const space = new VolumeSpace(disk, 2 * mebibyte);
  const reservation = await space.reserve(0);
  let written = 0;
  const write = async () => {
    for (;;) {
      await reservation.reserve(mebibyte);
      disk.free -= mebibyte;
      reservation.commit(mebibyte);
      written++;
    }
  };
  await expect(write()).rejects.toMatchObject(refused);
  expect(written).toBe(7);
  expect(disk.free).toBeGreaterThan(2 * mebibyte);
});

test('pieces that are under way together each have room of their own, and give back what they do not fill', async () => {
  const space = new VolumeSpace(diskOf(13 * mebibyte + beside), 0);
  const reservation = await space.reserve(0);
  const pieces = Array.from({ length: 5 }, () => reservation.reserve(3 * mebibyte));
  const outcomes = await Promise.allSettled(pieces);
  expect(outcomes.map(({ status }) => status)).toEqual([
    'fulfilled',
    'fulfilled',
    'fulfilled',
    'fulfilled',
    'rejected',
  ]);
  reservation.release();
  (await space.reserve(13 * mebibyte)).release();
  await expect(space.reserve(13 * mebibyte + 1)).rejects.toMatchObject(refused);
});

test('a running upload stops when others have filled the volume', async () => {
  const disk = diskOf(100 * mebibyte);
  const space = new VolumeSpace(disk, mebibyte);
  const reservation = await space.reserve(50 * mebibyte);
  await reservation.reserve(mebibyte);
  disk.free = 0;
  const write = async () => {
    for (let count = 0; count < 4; count++) await reservation.reserve(mebibyte);
  };
  await expect(write()).rejects.toMatchObject(refused);
});

test('uploads that come together share one question to the volume, and one that comes alone has its own', async () => {
  const disk = diskOf(400 * mebibyte);
  let questions = 0;
  disk.onAsked = async () => void questions++;
  const space = new VolumeSpace(disk, 0);
  await Promise.all(Array.from({ length: 100 }, () => space.reserve(0)));
  expect(questions).toBe(1);
  for (let count = 0; count < 5; count++) await space.reserve(0);
  expect(questions).toBe(6);
});
