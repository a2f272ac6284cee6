import { expect, test } from '@jest/globals';
import { foldCase, nameSearchOf, trigramsOf } from './name-search.js';

test.each([
  ['Отчёт ЗА Год.PDF', 'отчёт за год.pdf'],
  ['e\u0301te\u0301.TXT', 'été.txt'],
  ['ΟΔΟΣ', 'οδοσ'],
  ['Straße', 'straße'],
])('%s is searched as %s', (name, folded) => {
  expect(foldCase(name)).toBe(folded);
  expect(foldCase(folded)).toBe(folded);
});

test('the trigrams of every part are among those of the name', () => {
  const name = 'Отчёт 👩‍🚀 2026-final (copy).TAR.gz';
  const { nameSearch, nameTrigrams } = nameSearchOf(name);
  const all = new Set(nameTrigrams);
  for (let start = 0; start < nameSearch.length; start++) {
    for (let end = start + 1; end <= nameSearch.length; end++) {
      const missing = trigramsOf(nameSearch.slice(start, end)).filter((trigram) => !all.has(trigram));
      expect(missing).toEqual([]);
    }
  }
});

test('trigrams fit a PostgreSQL integer, come once, and need three characters', () => {
  const many = trigramsOf(String.fromCharCode(...Array.from({ length: 3000 }, (_, index) => index * 20 + 1)));
  expect(many.length).toBeGreaterThan(2900);
  for (const trigram of many) expect(trigram).toBe(trigram | 0);
  expect(trigramsOf('aaaaaa')).toHaveLength(1);
  expect(trigramsOf('ab')).toEqual([]);
});
