import { describe, expect, jest, test } from '@jest/globals';
import { cleanFileName } from './file-name.js';

describe('cleanFileName', () => {
  test.each([
    ['report.pdf', 'report.pdf'],
    ['../../etc/passwd', 'passwd'],
    ['C:\\Users\\me\\photo.JPG', 'photo.JPG'],
    ['folder/', 'unnamed'],
    ['', 'unnamed'],
    ['.', 'unnamed'],
    ['..', 'unnamed'],
    ['...', 'unnamed'],
    ['folder/..', 'unnamed'],
    ['C:\\folder\\.', 'unnamed'],
    ['.\u200b.', 'unnamed'],
    [' ', 'unnamed'],
    [' . ', 'unnamed'],
    ['\u00a0\u3000', 'unnamed'],
    ['..a', '..a'],
    ['.hidden', '.hidden'],
    ['a.txt ', 'a.txt '],
    ['\r\n\t\u0000\u007f\u0085', 'unnamed'],
    ['a\r\nSet-Cookie: x=1.txt', 'aSet-Cookie: x=1.txt'],
    ['he said "no".txt', 'he said "no".txt'],
    ['🚢 отчёт.pdf', '🚢 отчёт.pdf'],
    ['e\u0301.txt', '\u00e9.txt'],
    ['e\u0001\u0301.txt', '\u00e9.txt'],
    ['half \ud83d emoji', 'half \ufffd emoji'],
    ['photo\u202egnp.exe', 'photognp.exe'],
    ['\u061c\u200e\u200fa\u202a\u202b\u202c\u202d\u202e.\u2066\u2067\u2068\u2069txt', 'a.txt'],
    ['\u202e\u2069', 'unnamed'],
    ['\u202e/plan.txt', 'plan.txt'],
    ['two\u2028lines\u2029.txt', 'twolines.txt'],
    ['\ufeffplan\u200b\u2060.txt', 'plan.txt'],
    ['e\u200b\u0301.txt', '\u00e9.txt'],
    // What a joiner joins is another word, or another picture, without it.
    ['\u0645\u06cc\u200c\u0631\u0648\u0645.txt', '\u0645\u06cc\u200c\u0631\u0648\u0645.txt'],
    ['\ud83d\udc69\u200d\ud83d\ude80.png', '\ud83d\udc69\u200d\ud83d\ude80.png'],
    ['עברית.txt', 'עברית.txt'],
  ])('%j becomes %j', (sent, kept) => {
    expect(cleanFileName(sent)).toBe(kept);
  });

  test('a long name is cut before its extension, at 255 bytes', () => {
    const name = cleanFileName(`${'a'.repeat(300)}.tar`);
    expect(name).toBe(`${'a'.repeat(251)}.tar`);
  });

  test('a cut never halves a character', () => {
    const name = cleanFileName(`${'ж'.repeat(200)}.txt`);
    expect(name).toBe(`${'ж'.repeat(125)}.txt`);
    expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255);
  });

  test.each([
    ['a name', (count: number) => `a${'\u0301\u0316'.repeat(count)}.txt`],
    ['an extension', (count: number) => `a.t${'\u0301\u0316'.repeat(count)}`],
    ['a name of dots', (count: number) => '.\u0301'.repeat(count)],
  ])('of %s without end no more is normalized', (_what, nameOf) => {
    const normalize = jest.spyOn(String.prototype, 'normalize');
    try {
      const [once, eightTimes] = [5000, 40_000].map((count) => {
        normalize.mockClear();
        expect(Buffer.byteLength(cleanFileName(nameOf(count)))).toBeLessThanOrEqual(255);
        return normalize.mock.contexts.reduce<number>((sum, text) => sum + String(text).length, 0);
      });
      expect(once).toBeGreaterThan(0);
      expect(eightTimes).toBe(once);
    } finally {
      normalize.mockRestore();
    }
  });

  test('a name that composes to 255 bytes is kept whole, however long it was sent', () => {
    const name = '\u1f82'.repeat(83);
    expect(cleanFileName(`${name.normalize('NFD')}.pdf`)).toBe(`${name}.pdf`);
  });

  test('an extension longer than the whole limit is cut itself', () => {
    expect(Buffer.byteLength(cleanFileName(`a.${'b'.repeat(400)}`))).toBe(255);
  });
});
