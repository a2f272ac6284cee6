import { expect, test } from '@jest/globals';
import { parseCount, parseExpiry, parseSize, parseTime, sizeText } from './parse-amounts.js';

test.each([
  ['500', 500],
  ['10MB', 10_000_000],
  ['1.5 GB', 1_500_000_000],
  ['64MiB', 67_108_864],
  ['2k', 2000],
])('%s is %d bytes', (text, bytes) => expect(parseSize(text)).toBe(bytes));

test.each(['', '0', '-1', 'MB', '1XB', '1e9', '9999999TB'])('%j is no size', (text) => {
  expect(() => parseSize(text)).toThrow('A size is');
});

test.each([
  ['7d', 604_800],
  ['90s', 90],
])('%s is %d seconds', (text, seconds) => expect(parseExpiry(text)).toBe(seconds));

test.each(['500ms', '7', 'tomorrow'])('%j is no duration', (text) => {
  expect(() => parseExpiry(text)).toThrow('A duration is');
});

test.each(['0', '1.5', '-3', 'many', '1000001'])('%j is no count', (text) => {
  expect(() => parseCount(text)).toThrow('A count is');
});

test('a time is told as such, or as how long ago', () => {
  expect(parseTime('2026-01-31T12:00:00+01:00').toISOString()).toBe('2026-01-31T11:00:00.000Z');
  expect(Math.abs(Date.now() - 3_600_000 - parseTime('1h').getTime())).toBeLessThan(5000);
  expect(() => parseTime('yesterday')).toThrow('A time is');
});

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [999_999, '1.0 MB'],
  [12_345_678, '12 MB'],
])('%d bytes are read as %s', (bytes, text) => expect(sizeText(bytes)).toBe(text));
