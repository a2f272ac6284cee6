import { expect, test } from '@jest/globals';
import { rememberedSeconds } from '../lifetimes.js';
import { overlapMs, planRotation, signingAt } from './plan-rotation.js';

const hour = 3_600_000;
const day = 24 * hour;
const rotationMs = 30 * day;
const remembered = rememberedSeconds * 1000;
const key = (kid: string, signsFromMs: number) => ({ kid, signsFromMs });

test('the first key signs at once', () => {
  expect(planRotation([], 5, rotationMs)).toEqual({ nextFromMs: 5, outdated: [] });
  expect(signingAt([key('a', 5)], 5)?.kid).toBe('a');
});

test('the next key is made an hour before it signs, once', () => {
  const first = key('a', 0);
  expect(planRotation([first], rotationMs - hour - 1, rotationMs).nextFromMs).toBeUndefined();
  expect(planRotation([first], rotationMs - hour, rotationMs).nextFromMs).toBe(rotationMs);
  const both = [first, key('b', rotationMs)];
  expect(planRotation(both, rotationMs - hour, rotationMs)).toEqual({ nextFromMs: undefined, outdated: [] });
  expect(signingAt(both, rotationMs - 1)?.kid).toBe('a');
  expect(signingAt(both, rotationMs)?.kid).toBe('b');
});

test('after a standstill the next key still is published before it signs', () => {
  expect(planRotation([key('a', 0)], 90 * day, rotationMs).nextFromMs).toBe(90 * day + hour);
});

test('a key stays until the last token of it has expired', () => {
  const both = [key('b', rotationMs), key('a', 0)];
  expect(planRotation(both, rotationMs + remembered - 1, rotationMs).outdated).toEqual([]);
  expect(planRotation(both, rotationMs + remembered, rotationMs).outdated).toEqual(['a']);
});

test('a short rotation overlaps by a quarter', () => {
  expect(overlapMs(4000)).toBe(1000);
  expect(overlapMs(rotationMs)).toBe(hour);
});
