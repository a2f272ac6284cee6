import { expect, test } from '@jest/globals';
import { charsetOf, declaredCharset } from './charset.js';
import { readTextHead } from './text-head.js';

const ascii = Buffer.from('plain words');
const utf8 = Buffer.from('Grüße');
const latin1 = Buffer.from('Grüße', 'latin1');
const marked = Buffer.from('\ufeffGrüße');
const utf16 = Buffer.from('\ufeffGrüße', 'utf16le');
const noise = Buffer.from('0102030400f0e1d2', 'hex');

type Row = [what: string, bytes: Buffer, type: string, declared: string | undefined, charset: string | undefined];

test.each<Row>([
  ['UTF-8', utf8, 'text/plain', undefined, 'utf-8'],
  ['UTF-8', utf8, 'text/html', 'text/html', 'utf-8'],
  ['UTF-8', utf8, 'text/javascript', undefined, 'utf-8'],
  ['UTF-8 with a mark', marked, 'text/plain', undefined, 'utf-8'],
  ['UTF-8', utf8, 'text/plain', 'text/plain; charset=utf-8', 'utf-8'],
  ['UTF-8', utf8, 'text/plain', 'text/plain;Charset="ISO-8859-1"', 'iso-8859-1'],
  ['UTF-8', utf8, 'application/xml', undefined, undefined],
  ['UTF-8', utf8, 'image/svg+xml', undefined, undefined],
  ['UTF-8', utf8, 'application/json', undefined, undefined],
  ['UTF-8', utf8, 'application/json', 'application/json; charset=utf-8', 'utf-8'],
  ['UTF-8', utf8, 'application/x-mine', 'application/x-mine; charset=utf-8', undefined],
  ['Latin-1', latin1, 'text/plain', 'text/plain; charset=ISO-8859-1', 'iso-8859-1'],
  ['Latin-1', latin1, 'text/plain', 'text/plain; charset=UTF-8', undefined],
  ['Latin-1', latin1, 'text/plain', 'text/plain; charset=utf8', undefined],
  ['Latin-1', latin1, 'text/plain', undefined, undefined],
  ['Latin-1 from the first letter on', latin1.subarray(2), 'text/plain', 'text/plain; charset=utf-8', undefined],
  ['UTF-16', utf16, 'text/plain', undefined, undefined],
  ['UTF-16', utf16, 'text/plain', 'text/plain; charset=utf-16', 'utf-16'],
  ['ASCII', ascii, 'text/plain', undefined, 'utf-8'],
  ['ASCII', ascii, 'text/markdown', 'application/octet-stream', 'utf-8'],
  ['ASCII', ascii, 'text/csv', 'text/csv', 'utf-8'],
  ['ASCII', ascii, 'text/html', undefined, undefined],
  ['ASCII', ascii, 'text/css', undefined, undefined],
  ['ASCII', ascii, 'application/json', undefined, undefined],
  ['ASCII', ascii, 'text/plain', 'text/plain; format=flowed; charset=us-ascii', 'us-ascii'],
  ['ASCII', ascii, 'text/plain', 'text/plain; charset="a b"', 'utf-8'],
  ['ASCII', ascii, 'text/plain', 'text/plain; charset=<script>', 'utf-8'],
  ['ASCII', ascii, 'text/plain', `text/plain; charset=${'a'.repeat(100)}`, 'utf-8'],
  ['ASCII', ascii, 'text/plain', 'text/plain; charset=', 'utf-8'],
  ['bytes', noise, 'image/png', 'text/plain; charset=utf-8', undefined],
  ['nothing', Buffer.alloc(0), 'text/plain', 'text/plain; charset=utf-8', 'utf-8'],
])('%s, row %#', (_what, bytes, type, declared, charset) => {
  expect(charsetOf(type, declared, readTextHead(bytes))).toBe(charset);
});

test.each([
  ['text/plain; charset=ISO-8859-1', 'iso-8859-1'],
  ['text/plain;charset="utf-8"', 'utf-8'],
  ['text/plain; format=flowed; Charset=Shift_JIS', 'shift_jis'],
  ['text/plain', undefined],
  ['text/plain;', undefined],
  ['; charset=utf-8', 'utf-8'],
  [undefined, undefined],
])('%j declares the charset %j', (header, charset) => {
  expect(declaredCharset(header)).toBe(charset);
});
