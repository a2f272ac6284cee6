import { expect, test } from '@jest/globals';
import { ReadingPace } from './reading-pace.js';

const mebibyte = 1024 * 1024;

test('all readers together read as many bytes a second as they may', async () => {
  const pace = new ReadingPace(10 * mebibyte, new AbortController().signal);
  const startedAt = performance.now();
  const readOne = async () => {
    for (let read = 0; read < mebibyte; read += 64 * 1024) await pace.onRead(64 * 1024);
  };
  await Promise.all([readOne(), readOne()]);
  expect(pace.readBytes).toBe(2 * mebibyte);
  // Two mebibytes take 200 ms; the last pause may be too short to be taken.
  expect(performance.now() - startedAt).toBeGreaterThan(150);
});

test('what was not read for a while is not made up for', async () => {
  const pace = new ReadingPace(mebibyte, new AbortController().signal);
  await new Promise((resolve) => setTimeout(resolve, 100));
  const pause = pace.onRead(mebibyte / 10);
  expect(pause).toBeInstanceOf(Promise);
  await pause;
});

test('a pause ends when the janitor stops', async () => {
  const stopping = new AbortController();
  const pause = new ReadingPace(1, stopping.signal).onRead(mebibyte);
  stopping.abort();
  await expect(pause).rejects.toMatchObject({ code: 'unavailable' });
});
