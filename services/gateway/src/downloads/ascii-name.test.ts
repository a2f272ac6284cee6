import { expect, test } from '@jest/globals';
import { asciiName } from './ascii-name.js';

test.each<[name: string, fallback: string | true]>([
  ['plan.txt', true],
  ['what? #1 "new".txt', true],
  ['Müller.png', 'Muller.png'],
  ['naïve café.txt', 'naive cafe.txt'],
  ['отчёт за год.pdf', 'otchet za god.pdf'],
  ['Übergröße £5.txt', 'Ubergrosse GBP5.txt'],
  ['報告書.pdf', 'BaoGaoShu.pdf'],
  ['עברית.txt', "'vryt.txt"],
  ['¿qué? "é".txt', 'que_ _e_.txt'],
  ['½ Ü.txt', '1_2 U.txt'],
  ['%41ü.txt', '41u.txt'],
  ['ü/ö\\ä:*<>|.txt', 'u_o_a_.txt'],
  ['🚢 voyage.bin', 'ship voyage.bin'],
  ['🚢', 'ship'],
  ['…ü', 'u'],
  ['\u{e000}.txt', 'file.txt'],
  ['\u{e000}', 'file'],
  ['.ünsichtbar', 'unsichtbar'],
  ['a.тхт', 'a.tkht'],
])('%j is %j', (name, fallback) => {
  expect(asciiName(name)).toBe(fallback);
});

test('no name has a fallback with a question mark, a separator or something that is not ASCII', () => {
  const refused: [code: number, fallback: unknown][] = [];
  for (let code = 0xa0; code < 0x3000; code++) {
    const fallback = asciiName(`a${String.fromCodePoint(code)}b.txt`);
    if (!/^a[ !#$&'()+,\-.;=@[\]^`{}~\w]*b\.txt$/.test(String(fallback))) refused.push([code, fallback]);
  }
  expect(refused).toEqual([]);
});
