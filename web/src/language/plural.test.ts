import { expect, test } from '@jest/globals';
import { en } from './en.ts';
import { ru } from './ru.ts';

test.each([
  [0, '0 files', '0 файлов'],
  [1, '1 file', '1 файл'],
  [2, '2 files', '2 файла'],
  [5, '5 files', '5 файлов'],
  [11, '11 files', '11 файлов'],
  [21, '21 files', '21 файл'],
  [1222, '1,222 files', '1\u00a0222 файла'],
])('%d files are counted in every language', (count, english, russian) => {
  expect([en.fileCount(count), ru.fileCount(count)]).toEqual([english, russian]);
});

/** Every text, by its path; of those with a value in them, what they make of some. */
function textsOf(dictionary: object, path = ''): [string, string][] {
  return Object.entries(dictionary).flatMap(([key, value]): [string, string][] => {
    if (typeof value === 'object') return textsOf(value, `${path}${key}.`);
    return [[path + key, typeof value === 'function' ? value(3, 4) : value]];
  });
}

/** Names, and what is written alike everywhere. */
const alike = /^(acceptedTypes|types)\.application\/pdf$/;

test('every text of Russian is Russian', () => {
  const untranslated = textsOf(ru).filter(([path, text]) => !/[а-яё]/i.test(text) && !alike.test(path));
  expect(untranslated).toEqual([]);
});
