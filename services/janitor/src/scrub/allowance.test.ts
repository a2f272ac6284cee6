import { expect, test } from '@jest/globals';
import { spentToday } from './allowance.js';

const noon = (day: number) => new Date(day * 24 * 3_600_000 + 12 * 3_600_000);

test.each([
  ['the same day', { day: 10, bytes: 70 }, 10, { day: 10, bytes: 70 }],
  ['the next day', { day: 10, bytes: 70 }, 11, { day: 11, bytes: 0 }],
  ['a file that was larger than a day', { day: 10, bytes: 250 }, 11, { day: 11, bytes: 150 }],
  ['and the day after', { day: 10, bytes: 250 }, 12, { day: 12, bytes: 50 }],
  ['long after', { day: 10, bytes: 250 }, 40, { day: 40, bytes: 0 }],
  ['a clock that was set back', { day: 10, bytes: 70 }, 9, { day: 10, bytes: 70 }],
])('%s', (_what, spent, today, expected) => {
  expect(spentToday(spent, 100, noon(today))).toEqual(expected);
});
