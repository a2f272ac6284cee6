import { expect, test } from '@jest/globals';
import { parseHttpDate } from './http-date.js';

test.each([
  ['Sun, 06 Nov 1994 08:49:37 GMT', '1994-11-06T08:49:37.000Z'],
  ['Sunday, 06-Nov-94 08:49:37 GMT', '1994-11-06T08:49:37.000Z'],
  ['Sun Nov  6 08:49:37 1994', '1994-11-06T08:49:37.000Z'],
  ['sun, 06 nov 1994 08:49:37 gmt', '1994-11-06T08:49:37.000Z'],
  ['Thursday, 01-Jan-26 00:00:00 GMT', '2026-01-01T00:00:00.000Z'],
])('%s is %s', (text, expected) => {
  expect(new Date(parseHttpDate(text) ?? 0).toISOString()).toBe(expected);
});

test.each([
  undefined,
  '',
  'yesterday',
  '1994-11-06T08:49:37Z',
  'Sun, 06 Nov 1994 08:49:37',
  'Sun, 06 Nov 1994 08:49:37 CET',
  'Sun, 31 Feb 1994 08:49:37 GMT',
  'Sun, 06 Nov 1994 25:49:37 GMT',
  'Sun, 06 Foo 1994 08:49:37 GMT',
])('%j is no date', (text) => {
  expect(parseHttpDate(text)).toBeUndefined();
});
