import { expect, test } from '@jest/globals';
import { Speed } from './speed.ts';

test('a speed is that of the last seconds', () => {
  const speed = new Speed();
  expect(speed.add(0, 0)).toBe(0);
  expect(speed.add(1000, 1000)).toBe(1000);
  for (let second = 2; second <= 10; second++) speed.add(1000 + (second - 1) * 5000, second * 1000);
  expect(speed.add(51_000, 11_000)).toBe(5000);
});

test('a break and bytes that are sent again begin a new speed', () => {
  const speed = new Speed();
  speed.add(0, 0);
  speed.add(100_000, 1000);
  expect(speed.add(50_000, 1500)).toBe(0);
  expect(speed.add(51_000, 2500)).toBe(1000);
  expect(speed.add(52_000, 60_000)).toBe(0);
});
