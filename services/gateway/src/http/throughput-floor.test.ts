import { expect, test } from '@jest/globals';
import { ThroughputFloor } from './throughput-floor.js';

/** After how many seconds a transfer ends that moves `bytesOf(second)` in each of them; undefined where it goes on for an hour. */
function endOf(bytesOf: (second: number) => number, waitedMsOf = (_second: number) => 1000): number | undefined {
  const floor = new ThroughputFloor(1024);
  for (let second = 1; second <= 3600; second++) {
    if (floor.isBelow(waitedMsOf(second), bytesOf(second))) return second;
  }
  return undefined;
}

test.each([
  ['never moves a byte', () => 0, 90],
  ['moves a byte a minute', (second: number) => (second % 60 === 0 ? 1 : 0), 90],
  ['moves a little less than the floor', () => 1023, 90],
  ['is fast for 30 seconds and then stops', (second: number) => (second <= 30 ? 1_000_000 : 0), 90],
  ['is fast for 31 seconds and then stops', (second: number) => (second <= 31 ? 1_000_000 : 0), 150],
  ['moves as much as the floor', () => 1024, undefined],
  ['needs 30 seconds to get going', (second: number) => (second <= 30 ? 0 : 1024), undefined],
  ['moves in bursts', (second: number) => (second % 60 === 31 ? 61_440 : 0), undefined],
])('a transfer that %s', (_what, bytesOf, end) => {
  expect(endOf(bytesOf)).toBe(end);
});

test('time in which the client is not waited for does not count', () => {
  expect(
    endOf(
      () => 0,
      () => 0,
    ),
  ).toBeUndefined();
  expect(
    endOf(
      () => 0,
      (second) => (second % 2) * 1000,
    ),
  ).toBe(179);
});
