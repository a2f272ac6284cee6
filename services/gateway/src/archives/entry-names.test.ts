import { expect, test } from '@jest/globals';
import { entryNames } from './entry-names.js';

test.each([
  ['plan.txt', 'plan.txt'],
  ['отчёт 2026.pdf', 'отчёт 2026.pdf'],
  ['🚀 launch.md', '🚀 launch.md'],
  ['../../etc/passwd', '.._.._etc_passwd'],
  ['..', 'unnamed'],
  ['...', 'unnamed'],
  ['/etc/passwd', '_etc_passwd'],
  ['C:\\Windows\\win.ini', 'C__Windows_win.ini'],
  ['a\u0000b\r\n.txt', 'a_b__.txt'],
  ['invoice\u202Efdp.exe', 'invoice_fdp.exe'],
  ['what? "really" <yes>|*.txt', 'what_ _really_ _yes___.txt'],
  ['con', '_con'],
  ['NUL.txt', '_NUL.txt'],
  ['com1.tar.gz', '_com1.tar.gz'],
  ['console.log', 'console.log'],
  ['dots and spaces. . ', 'dots and spaces'],
  ['.hidden', '.hidden'],
  ['\ud800.txt', '\ufffd.txt'],
])('%j is unpacked as %j', (name, entry) => {
  expect(entryNames([name])).toEqual([entry]);
});

test('the same name twice is told apart, in any case, before the extension', () => {
  expect(entryNames(['a.txt', 'a.txt', 'A.TXT', 'a (2).txt', 'b', 'b', 'a.txt', '../a.txt', '.._a.txt'])).toEqual([
    'a.txt',
    'a (2).txt',
    'A (3).TXT',
    'a (2) (2).txt',
    'b',
    'b (2)',
    'a (4).txt',
    '.._a.txt',
    '.._a (2).txt',
  ]);
});

test('a thousand files of one name are told apart quickly, and no name is too long', () => {
  const names = entryNames(Array.from({ length: 1000 }, () => `${'я'.repeat(126)}.pdf`));
  expect(new Set(names).size).toBe(1000);
  for (const name of names) {
    expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255);
    expect(name).toMatch(/\.pdf$/);
  }
});
