import { expect, test } from '@jest/globals';
import { readDisposition } from './part-disposition.js';

const filenameOf = (parameters: string) => readDisposition(`form-data; name="file"; ${parameters}`).filename;

test.each([
  ['filename="plan.txt"', 'plan.txt'],
  ['filename=plan.txt', 'plan.txt'],
  ['filename=""', ''],
  ['', undefined],
  // Browsers: quotes as %22, backslashes as they are.
  ['filename="a%22b.txt"', 'a"b.txt'],
  ['filename="C:\\dir\\x.txt"', 'C:\\dir\\x.txt'],
  ['filename="C:\\dir\\"', 'C:\\dir\\'],
  ['filename="C:\\dir\\"; size=3', 'C:\\dir\\'],
  // Go, older curl: quotes and backslashes behind a backslash.
  ['filename="a\\"b.txt"', 'a"b.txt'],
  ['filename="he said \\"no\\""', 'he said "no"'],
  ['filename="a\\"; b.txt"', 'a"; b.txt'],
  ['filename="a\\"b.txt"; size=3', 'a"b.txt'],
  ['filename="dir\\\\"', 'dir\\\\'],
])('%s names %j', (parameters, filename) => {
  expect(filenameOf(parameters)).toBe(filename);
});

test('names are UTF-8, and the extended one wins', () => {
  const latin1 = Buffer.from('отчёт.pdf').toString('latin1');
  expect(filenameOf(`filename="${latin1}"`)).toBe('отчёт.pdf');
  expect(filenameOf(`filename="fallback"; filename*=UTF-8''%D0%BE.pdf`)).toBe('о.pdf');
});
