import { expect, test } from '@jest/globals';
import { VolumeRoom } from './volume-room.js';

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

test('what was announced is promised: uploads that do not fit together are not begun together', async () => {
  const room = new VolumeRoom(diskOf(30 * mebibyte), 5 * mebibyte);
  const claims = await Promise.allSettled(Array.from({ length: 10 }, () => room.claim(8 * mebibyte)));
  expect(claims.filter((claim) => claim.status === 'fulfilled')).toHaveLength(3);
});

test('released room can be promised again, once', async () => {
  const room = new VolumeRoom(diskOf(10 * mebibyte + beside), 0);
  const claim = await room.claim(10 * mebibyte);
  await expect(room.claim(1)).rejects.toMatchObject(refused);
  claim.release();
  claim.release();
  const next = await room.claim(10 * mebibyte);
  await expect(room.claim(1)).rejects.toMatchObject(refused);
  next.release();
});

test('the reserve can be filled up to its last byte, and no further', async () => {
  const exact = new VolumeRoom(diskOf(mebibyte + beside + 1000), 1000);
  await expect(exact.claim(mebibyte + 1)).rejects.toMatchObject(refused);
  (await exact.claim(mebibyte)).release();
});

test('what is written is not counted twice', async () => {
  const disk = diskOf(20 * mebibyte);
  const room = new VolumeRoom(disk, 0);
  const claim = await room.claim(10 * mebibyte);
  await claim.cover(mebibyte);
  disk.free -= mebibyte;
  claim.wrote(mebibyte);
  (await room.claim(10 * mebibyte - 2 * beside)).release();
  await expect(room.claim(10 * mebibyte)).rejects.toMatchObject(refused);
});

test('what is written while the volume is asked counts', async () => {
  const disk = diskOf(20 * mebibyte);
  const room = new VolumeRoom(disk, 0);
  const claim = await room.claim(10 * mebibyte);
  disk.onAsked = async () => claim.wrote(10 * mebibyte);
  await expect(room.claim(15 * mebibyte)).rejects.toMatchObject(refused);
});

test('a body of unknown length takes room as it comes, and ends at the reserve', async () => {
  const disk = diskOf(10 * mebibyte);
  const room = new VolumeRoom(disk, 2 * mebibyte);
  const claim = await room.claim(0);
  let written = 0;
  const write = async () => {
    for (;;) {
      await claim.cover(mebibyte);
      disk.free -= mebibyte;
      claim.wrote(mebibyte);
      written++;
    }
  };
  await expect(write()).rejects.toMatchObject(refused);
  expect(written).toBe(7);
  expect(disk.free).toBeGreaterThan(2 * mebibyte);
});

test('pieces that are under way together each have room of their own, and give back what they do not fill', async () => {
  const room = new VolumeRoom(diskOf(13 * mebibyte + beside), 0);
  const claim = await room.claim(0);
  const pieces = Array.from({ length: 5 }, () => claim.cover(3 * mebibyte));
  const outcomes = await Promise.allSettled(pieces);
  expect(outcomes.map(({ status }) => status)).toEqual([
    'fulfilled',
    'fulfilled',
    'fulfilled',
    'fulfilled',
    'rejected',
  ]);
  claim.release();
  (await room.claim(13 * mebibyte)).release();
  await expect(room.claim(13 * mebibyte + 1)).rejects.toMatchObject(refused);
});

test('a running upload stops when others have filled the volume', async () => {
  const disk = diskOf(100 * mebibyte);
  const room = new VolumeRoom(disk, mebibyte);
  const claim = await room.claim(50 * mebibyte);
  await claim.cover(mebibyte);
  disk.free = 0;
  const write = async () => {
    for (let count = 0; count < 4; count++) await claim.cover(mebibyte);
  };
  await expect(write()).rejects.toMatchObject(refused);
});

test('a volume with ample room is asked once for uploads that come together, and every time where room is scarce', async () => {
  const disk = diskOf(1000 * mebibyte);
  let questions = 0;
  disk.onAsked = async () => void questions++;
  const room = new VolumeRoom(disk, 0);
  for (let count = 0; count < 100; count++) await room.claim(0);
  expect(questions).toBeLessThan(50);
  await room.claim(800 * mebibyte);
  questions = 0;
  for (let count = 0; count < 5; count++) await room.claim(0);
  expect(questions).toBe(5);
});
