import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '@wharf/test-kit';
import { held, type LimitedFiles, openLimitedFiles, outcomeOf, refused } from './limited-files.ts';

const bytes = randomBytes(4_000_000);
const rangeCount = 200;
const step = bytes.length / rangeCount;

let files: LimitedFiles;

beforeAll(async () => {
  files = await openLimitedFiles();
});

afterAll(() => files?.close());

const rangeOf = (index: number) => `bytes=${index * step}-${(index + 1) * step - 1}`;

const askRange = (index: number, uid: string, client = 'player') =>
  files.ask(index, uid, { 'User-Agent': client, Range: rangeOf(index) });

/** Ranges over both gateways, eight at a time. */
async function play(uid: string, from: number, to: number): Promise<void> {
  for (let first = from; first < to; first += 8) {
    const indexes = Array.from({ length: Math.min(8, to - first) }, (_, offset) => first + offset);
    const parts = await Promise.all(indexes.map((index) => askRange(index, uid)));
    for (const [offset, answer] of parts.entries()) {
      const start = (first + offset) * step;
      expect(answer.status).toBe(206);
      expect(answer.body.equals(bytes.subarray(start, start + step))).toBe(true);
    }
  }
}

describe('a player that reads 200 ranges', () => {
  test.concurrent('has one download, and another client has none of it', async () => {
    const uid = await files.upload(bytes, 1);
    await play(uid, 0, 100);
    expect(outcomeOf(await files.ask(0, uid, { 'User-Agent': 'other' }), bytes)).toBe(held);
    expect(outcomeOf(await askRange(1, uid, 'other'), bytes)).toBe(held);
    expect((await files.client.record(uid)).download_count).toBe(0);
    await play(uid, 100, rangeCount);
    await eventually(async () => expect((await files.client.record(uid)).download_count).toBe(1));
    expect(outcomeOf(await askRange(1, uid, 'other'), bytes)).toBe(refused);
  }, 120_000);

  test.concurrent('leaves the second download to another client', async () => {
    const uid = await files.upload(bytes, 2);
    await play(uid, 0, 20);
    expect(outcomeOf(await files.ask(0, uid, { 'User-Agent': 'other' }), bytes)).toBe('complete');
    expect(outcomeOf(await files.ask(0, uid, { 'User-Agent': 'third' }), bytes)).toBe(held);
    await eventually(async () => expect((await files.client.record(uid)).download_count).toBe(1));
    await play(uid, 20, rangeCount);
    await eventually(async () => expect((await files.client.record(uid)).download_count).toBe(2));
  }, 120_000);

  test.concurrent('eight ranges at once, of which each may be the first, are one download', async () => {
    for (let round = 0; round < 10; round++) {
      const uid = await files.upload(bytes, 1);
      await play(uid, 0, 8);
      expect(outcomeOf(await askRange(0, uid, 'other'), bytes)).toBe(held);
    }
  }, 120_000);

  test('ends with its session: the file goes, or a new session takes another download', async () => {
    await files.wharf.stop('metadata');
    await files.wharf.start('metadata', { CLAIM_SESSION: '3', CLAIM_LEASE: '1' });
    const [once, twice] = [await files.upload(bytes, 1), await files.upload(bytes, 2)];
    await Promise.all([play(once, 0, 4), play(twice, 0, 4)]);
    await files.expectExhausted(once, 1);
    expect(outcomeOf(await askRange(5, once), bytes)).toBe(refused);
    await eventually(async () => expect((await files.client.record(twice)).download_count).toBe(1));
    await play(twice, 4, 8);
    await files.expectExhausted(twice, 2);
  }, 120_000);
});
