import { expect, test } from '@jest/globals';
import { decodeFormText } from './form-text.js';

const latin1 = Buffer.from('M\u00fcller', 'latin1');

test.each<[string, Buffer, (string | undefined)[], string]>([
  ['UTF-8', Buffer.from('Müller'), [], 'Müller'],
  ['UTF-8, whatever is stated', Buffer.from('Müller'), ['iso-8859-1'], 'Müller'],
  ['Latin-1 without a word', latin1, [], 'Müller'],
  ['Latin-1', latin1, ['ISO-8859-1'], 'Müller'],
  ['Windows-1252', Buffer.from([0x80, 0xe4]), ['windows-1252'], '€ä'],
  ['Windows-1252 without a word', Buffer.from([0x80, 0xe4]), [], '€ä'],
  ['Latin-1 that claims to be UTF-8', latin1, ['utf-8'], 'Müller'],
  ['a charset that is none', latin1, ['nonsense'], 'Müller'],
  ['Cyrillic', Buffer.from([0xee, 0xf2, 0xf7, 0xb8, 0xf2]), ['windows-1251'], 'отчёт'],
  ['Shift_JIS', Buffer.from([0x93, 0xfa, 0x96, 0x7b]), ['Shift_JIS'], '日本'],
  ['the first that fits', Buffer.from([0x93, 0xfa, 0x96, 0x7b]), [undefined, 'utf-8', 'shift_jis'], '日本'],
])('%s', (_what, bytes, charsets, text) => {
  expect(decodeFormText(bytes, ...charsets)).toBe(text);
});
