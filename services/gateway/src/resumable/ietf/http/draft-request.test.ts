import { expect, test } from '@jest/globals';
import { isLastAppend, readDraftRequest } from './draft-request.js';

const config = { uploadInteropVersions: [6, 10] as (6 | 10)[] };
const read = (headers: Record<string, string>, httpVersion = '1.1') =>
  readDraftRequest({ headers, httpVersion }, config);

test.each<[string, boolean | undefined]>([
  ['?1', true],
  ['?0', false],
  [' ?1 ', true],
  ['?1;reason="end"', true],
  ['', undefined],
  ['1', undefined],
  ['true', undefined],
  ['"?1"', undefined],
  ['?2', undefined],
  ['?1, ?1', undefined],
  ['?1 ?1', undefined],
])('Upload-Complete: %s is %s', (value, isLast) => {
  expect(read({ 'upload-complete': value }).isLast).toBe(isLast);
});

test.each<[string, number | undefined]>([
  ['0', 0],
  ['5', 5],
  ['007', 7],
  ['999999999999999', 999_999_999_999_999],
  ['5;a=1.5', 5],
  ['-1', undefined],
  ['5.0', undefined],
  ['1000000000000000', undefined],
  ['0x5', undefined],
  ['5 6', undefined],
  ['5, 6', undefined],
  ['"5"', undefined],
  ['', undefined],
])('Upload-Offset and Upload-Length: %s are %s', (value, count) => {
  const { length, offset } = read({ 'upload-offset': value, 'upload-length': value });
  expect([length, offset]).toEqual([count, count]);
});

test.each<[string, string, number | undefined]>([
  ['10', '1.1', 10],
  ['6', '1.1', 6],
  ['9', '1.1', undefined],
  ['10.0', '1.1', undefined],
  ['', '1.1', undefined],
  ['10', '1.0', undefined],
])('version %s by HTTP/%s is %s', (value, httpVersion, version) => {
  expect(read({ 'upload-draft-interop-version': value }, httpVersion).version).toBe(version);
});

test('only by version 6 a PATCH without the word is the last', () => {
  expect(isLastAppend(read({ 'upload-draft-interop-version': '6' }))).toBe(true);
  expect(isLastAppend(read({ 'upload-draft-interop-version': '6', 'upload-complete': '?0' }))).toBe(false);
  expect(isLastAppend(read({ 'upload-draft-interop-version': '10' }))).toBeUndefined();
});
