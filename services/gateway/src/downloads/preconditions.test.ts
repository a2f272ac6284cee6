import type { IncomingHttpHeaders } from 'node:http';
import { expect, test } from '@jest/globals';
import { isRangeCurrent, judgePreconditions, type Verdict } from './preconditions.js';

const etag = '"abc"';
const at = 'Sat, 31 Jan 2026 12:00:00 GMT';
const earlier = 'Sat, 31 Jan 2026 11:59:59 GMT';
const later = 'Sat, 31 Jan 2026 12:00:01 GMT';
const validators = { etag, lastModifiedMs: Date.parse(at) };

const rows: [Verdict, IncomingHttpHeaders][] = [
  ['proceed', {}],
  ['proceed', { 'if-match': etag }],
  ['proceed', { 'if-match': '*' }],
  ['proceed', { 'if-match': '"x", "abc"' }],
  ['proceed', { 'if-match': ' ,, "abc" , "y"' }],
  ['failed', { 'if-match': '"x"' }],
  ['failed', { 'if-match': 'W/"abc"' }],
  ['failed', { 'if-match': 'abc' }],
  ['proceed', { 'if-match': '' }],
  ['proceed', { 'if-unmodified-since': at }],
  ['proceed', { 'if-unmodified-since': later }],
  ['failed', { 'if-unmodified-since': earlier }],
  ['proceed', { 'if-unmodified-since': 'once' }],
  ['proceed', { 'if-match': etag, 'if-unmodified-since': earlier }],
  ['not_modified', { 'if-none-match': etag }],
  ['not_modified', { 'if-none-match': '*' }],
  ['not_modified', { 'if-none-match': 'W/"abc"' }],
  ['not_modified', { 'if-none-match': '"x", W/"abc"' }],
  ['proceed', { 'if-none-match': '"x"' }],
  ['proceed', { 'if-none-match': 'abc' }],
  ['proceed', { 'if-none-match': '"x" "abc"' }],
  ['not_modified', { 'if-modified-since': at }],
  ['not_modified', { 'if-modified-since': later }],
  ['proceed', { 'if-modified-since': earlier }],
  ['proceed', { 'if-modified-since': 'once' }],
  ['proceed', { 'if-none-match': '"x"', 'if-modified-since': at }],
  ['not_modified', { 'if-none-match': etag, 'if-modified-since': earlier }],
  ['failed', { 'if-match': '"x"', 'if-none-match': etag }],
  ['not_modified', { 'if-match': etag, 'if-none-match': etag }],
];

test.each(rows)('%s for %j', (verdict, headers) => {
  expect(judgePreconditions(headers, validators)).toBe(verdict);
});

test.each([
  [undefined, true],
  ['', true],
  [etag, true],
  [at, true],
  [later, false],
  [earlier, false],
  ['"x"', false],
  ['W/"abc"', false],
  ['abc', false],
])('a range with If-Range %j is current: %s', (header, expected) => {
  expect(isRangeCurrent(header, validators)).toBe(expected);
});
