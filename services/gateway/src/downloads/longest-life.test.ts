import { expect, test } from '@jest/globals';
import { longestLifeMs } from './longest-life.js';

test.each([
  [0, 1024, 60_000],
  [1024, 1024, 61_000],
  [500 * 1024 * 1024, 1024, 512_000 * 1000 + 60_000],
  [500 * 1024 * 1024, 1024 * 1024, 500 * 1000 + 60_000],
  [1, 0, Number.POSITIVE_INFINITY],
])('%d bytes at a floor of %d bytes a second may take %d ms', (bytes, floor, lifeMs) => {
  expect(longestLifeMs(bytes, floor)).toBe(lifeMs);
});
