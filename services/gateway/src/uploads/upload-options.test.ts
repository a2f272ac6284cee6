import { expect, jest, test } from '@jest/globals';
import { AppError } from '@wharf/service-kit';
import { expiryOf, parseUploadOptions } from './upload-options.js';

test('every option is read from text', () => {
  const options = parseUploadOptions({
    expires_at: '2030-01-01T02:00:00+02:00',
    max_downloads: '3',
    message_id: 'm-1',
    metadata: '{"album":"sea"}',
    unknown: 'left alone',
  });
  expect(options).toEqual({
    expires_at: '2030-01-01T00:00:00.000Z',
    max_downloads: 3,
    message_id: 'm-1',
    metadata: { album: 'sea' },
  });
});

test('an option that is empty was not given', () => {
  const empty = { expires_in: '', expires_at: '', max_downloads: '', message_id: '', metadata: '' };
  expect(parseUploadOptions(empty)).toEqual({});
  expect(parseUploadOptions({ ...empty, expires_in: '60' })).toEqual({ expires_in: 60 });
});

/** An object with lists in it, so many levels deep. */
const deep = (levels: number) => `{"a":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`;

test('metadata may have 32 levels', () => {
  expect(parseUploadOptions({ metadata: deep(32) }).metadata).toEqual(JSON.parse(deep(32)));
});

test.each([33, 8000])('metadata of %d levels is refused, whatever the stack', (levels) => {
  const fields = [{ path: 'metadata', message: 'must be at most 32 levels deep' }];
  expect(() => parseUploadOptions({ metadata: deep(levels) })).toThrow(expect.objectContaining({ fields }));
});

test('so is text that only begins to be deep', () => {
  const fields = [{ path: 'metadata', message: 'must be a JSON object' }];
  expect(() => parseUploadOptions({ metadata: '['.repeat(16_384) })).toThrow(expect.objectContaining({ fields }));
});

const tooLong = [{ path: 'metadata', message: 'must be at most 16 KiB of JSON' }];

test.each([
  ['no JSON at all', 'x'.repeat(64 * 1024 + 1)],
  [
    '250 KB of many keys',
    JSON.stringify(Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`k${index}`, 1]))),
  ],
])('a long text is refused before it is parsed: %s', (_what, metadata) => {
  const parse = jest.spyOn(JSON, 'parse');
  try {
    expect(() => parseUploadOptions({ metadata })).toThrow(expect.objectContaining({ fields: tooLong }));
    expect(parse).not.toHaveBeenCalled();
  } finally {
    parse.mockRestore();
  }
});

test('one of which too much is left without white space is refused before its keys are judged', () => {
  const metadata = JSON.stringify({ nul: '\u0000', half: '\ud83d', long: 'x'.repeat(16 * 1024) });
  expect(() => parseUploadOptions({ metadata })).toThrow(expect.objectContaining({ fields: tooLong }));
});

test('white space and escapes do not count', () => {
  const metadata = `{${' '.repeat(20_000)}"a": "${'\\u0041'.repeat(5000)}"}`;
  expect(parseUploadOptions({ metadata }).metadata).toEqual({ a: 'A'.repeat(5000) });
});

test('expires_in counts from now', () => {
  expect(expiryOf(parseUploadOptions({ expires_in: '60' }), Date.UTC(2030, 0, 1))).toBe('2030-01-01T00:01:00.000Z');
});

test('a time that has passed is refused', () => {
  const options = parseUploadOptions({ expires_at: '2020-01-01T00:00:00Z' });
  expect(() => expiryOf(options, Date.UTC(2030, 0, 1))).toThrow(AppError);
});

test.each([
  [{ expires_in: '0' }, 'expires_in'],
  [{ expires_in: '-5' }, 'expires_in'],
  [{ expires_in: '1e3' }, 'expires_in'],
  [{ expires_in: ' ' }, 'expires_in'],
  [{ expires_at: 'tomorrow' }, 'expires_at'],
  [{ expires_in: '5', expires_at: '2030-01-01T00:00:00Z' }, 'expires_in'],
  [{ max_downloads: '0' }, 'max_downloads'],
  [{ max_downloads: '99999999999' }, 'max_downloads'],
  [{ metadata: '[1]' }, 'metadata'],
  [{ metadata: '{' }, 'metadata'],
  [{ metadata: JSON.stringify({ long: 'x'.repeat(17_000) }) }, 'metadata'],
  [{ expires_at: '9999-12-31T23:59:59-23:59' }, 'expires_at'],
  [{ metadata: '{"__proto__":{"a":1},"x":1}' }, 'metadata'],
  [{ metadata: '{"x":[{"__proto__":1}]}' }, 'metadata'],
  [{ message_id: 'a\u0000b' }, 'message_id'],
  [{ metadata: '{"deep":[{"key":"\\u0000"}]}' }, 'metadata'],
  [{ metadata: '{"half\\ud83d":1}' }, 'metadata'],
])('%j is refused by its path', (fields, path) => {
  const refused = () => parseUploadOptions(fields);
  expect(refused).toThrow(AppError);
  try {
    refused();
  } catch (error) {
    expect((error as AppError).code).toBe('invalid_request');
    expect((error as AppError).fields[0]?.path).toBe(path);
  }
});
