import { expect, test } from '@jest/globals';
import { rowPx, rowsIn } from './rows-in.ts';

test.each([
  ['the top', 0, { first: 0, last: 18 }],
  ['the middle', 1000 * rowPx, { first: 992, last: 1018 }],
  ['the end', 99_990 * rowPx, { first: 99_982, last: 99_999 }],
])('at %s the rows that are seen are drawn, and a few around them', (_, scrollTop, rows) => {
  expect(rowsIn(scrollTop, 10 * rowPx, 100_000)).toEqual(rows);
});
