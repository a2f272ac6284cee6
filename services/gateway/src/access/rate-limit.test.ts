import { expect, test } from '@jest/globals';
import { RateLimit } from './rate-limit.js';

function limitAt(quota: number, windowMs: number, most?: number) {
  let nowMs = 1000;
  const limit = new RateLimit({ quota, windowMs }, () => nowMs, most);
  const wait = (ms: number) => {
    nowMs += ms;
  };
  const taken = (name: string, tries: number, cost = 1) =>
    Array.from({ length: tries }, () => limit.take(name, cost)).filter(({ isTaken }) => isTaken).length;
  return { limit, wait, taken };
}

test('the quota is taken at once, and then as it fills up', () => {
  const { taken, wait } = limitAt(60, 60_000);
  expect(taken('ann', 100)).toBe(60);
  wait(10_000);
  expect(taken('ann', 100)).toBe(10);
  wait(3_600_000);
  expect(taken('ann', 100)).toBe(60);
});

test('each name has its own', () => {
  const { taken } = limitAt(3, 60_000);
  expect(taken('ann', 5)).toBe(3);
  expect(taken('bob', 5)).toBe(3);
});

test('what costs more leaves less, and takes nothing where it does not fit', () => {
  const { limit, taken } = limitAt(60, 60_000);
  expect(taken('ann', 10, 20)).toBe(3);
  expect(taken('ann', 1)).toBe(0);
  expect(limit.take('bob', 50)).toMatchObject({ isTaken: true, left: 10, fullInMs: 50_000, retryInMs: 0 });
  expect(limit.take('bob', 20)).toMatchObject({ isTaken: false, left: 10, fullInMs: 50_000, retryInMs: 10_000 });
  expect(taken('bob', 20)).toBe(10);
});

test('what costs more than there ever is takes all of it', () => {
  const { taken, wait } = limitAt(10, 60_000);
  expect(taken('ann', 2, 20)).toBe(1);
  wait(59_000);
  expect(taken('ann', 1, 20)).toBe(0);
  wait(1000);
  expect(taken('ann', 1, 20)).toBe(1);
});

test('looking takes nothing', () => {
  const { limit, taken } = limitAt(2, 60_000);
  for (let count = 0; count < 5; count++) expect(limit.hasRoom('ann')).toBe(true);
  expect(taken('ann', 5)).toBe(2);
  expect(limit.hasRoom('ann')).toBe(false);
});

test('many names are forgotten, the oldest first', () => {
  const { taken } = limitAt(1, 60_000, 100);
  taken('ann', 1);
  for (let count = 0; count < 100; count++) taken(`name ${count}`, 1);
  expect(taken('ann', 1)).toBe(1);
  expect(taken('name 99', 1)).toBe(0);
});
