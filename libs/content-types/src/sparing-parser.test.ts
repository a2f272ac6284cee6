import { expect, test } from '@jest/globals';
import { FileTypeParser, fileTypeFromBuffer } from 'file-type';
import { SparingParser } from './sparing-parser.js';

const detect = (bytes: Buffer) => new SparingParser().fromBuffer(bytes);

const utf16 = (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le');
const at = (offset: number, text: string) => Buffer.concat([Buffer.alloc(offset, 0x20), Buffer.from(text, 'latin1')]);

/** By what they are told: bytes, text, text further on, bits, text of two bytes a character. */
const beginnings: [string, Buffer][] = [
  ['image/gif', Buffer.from('GIF89a')],
  ['application/pdf', Buffer.from('%PDF-1.7\n')],
  ['application/zip', Buffer.from('504b0304140000000000', 'hex')],
  ['application/x-elf', Buffer.from('7f454c4602010100', 'hex')],
  ['application/x-tar', at(257, 'ustar\u0000')],
  ['image/webp', Buffer.from('RIFF....WEBPVP8 ', 'latin1')],
  ['audio/mpeg', Buffer.from('fffb9064', 'hex')],
  ['application/xml', Buffer.from('<?xml version="1.0"?>')],
  ['application/xml', utf16('<?xml version="1.0"?>')],
  ['application/xml', utf16('<?xml version="1.0"?>').swap16()],
  ['application/x-ms-regedit', utf16('Windows Registry Editor Version 5.00\r\n')],
];

test.each(beginnings)('%s is recognized', async (mime, bytes) => {
  const padded = Buffer.concat([bytes, Buffer.alloc(600)]);
  expect((await detect(padded))?.mime).toBe(mime);
});

test('whatever a file begins with, file-type itself says the same of it', async () => {
  for (let round = 0; round < 3000; round++) {
    const bytes = damaged(round);
    const [ours, theirs] = [await detect(bytes), await fileTypeFromBuffer(bytes)];
    if (JSON.stringify(ours) !== JSON.stringify(theirs)) expect([bytes, ours]).toEqual([bytes, theirs]);
  }
});

test('file-type still compares by what is overridden', () => {
  expect(FileTypeParser.prototype).toHaveProperty('check');
  expect(FileTypeParser.prototype).toHaveProperty('checkString');
});

/** A known beginning, cut somewhere, with one byte changed, or none, and any bytes after it: the same for the same number. */
function damaged(number: number): Buffer {
  const random = (limit: number, salt: number) => (Math.imul(number + 1, 2654435761 + salt * 40503) >>> 8) % limit;
  const [, known] = beginnings[number % beginnings.length] as [string, Buffer];
  const bytes = Buffer.concat([known, Buffer.alloc(random(600, 1), random(256, 2))]).subarray(0, 1 + random(900, 3));
  if (number % 3 > 0) bytes[random(Math.min(bytes.length, known.length), 4)] = random(256, 5);
  return bytes;
}
