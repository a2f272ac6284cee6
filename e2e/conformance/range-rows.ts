import { type Expected, part, type Row } from './row.ts';

const range = (value: string, expected: Expected, why = ''): Row => [
  `Range: ${value}${why && ` (${why})`}`,
  { Range: value },
  expected,
];

/** One range of a body of 1,000 bytes (RFC 9110 §14). */
export const rangeRows: Row[] = [
  range('bytes=0-0', part(0, 0)),
  range('bytes=0-99', part(0, 99)),
  range('bytes=100-199', part(100, 199)),
  range('bytes=0-999', part(0, 999)),
  range('bytes=0-', part(0, 999)),
  range('bytes=1-', part(1, 999)),
  range('bytes=999-', part(999, 999)),
  range('bytes=999-999', part(999, 999)),
  range('bytes=-1', part(999, 999)),
  range('bytes=-500', part(500, 999)),
  range('bytes=-1000', part(0, 999)),
  range('bytes=-1001', part(0, 999), 'longer than the body is the body'),
  range('bytes=0-1000', part(0, 999), 'the end is clamped'),
  range('bytes=500-99999', part(500, 999), 'the end is clamped'),
  range('bytes=000-009', part(0, 9)),
  range('Bytes=0-9', part(0, 9), 'units have no case, §14.1; nginx agrees, Go does not'),
  range('bytes= 0-9', part(0, 9), 'a blank that Go and nginx allow'),
  range('bytes=0-99999999999999999999', part(0, 999), 'numbers beyond 64 bits are large, §8.6; Go and nginx refuse'),
  range('bytes=-99999999999999999999', part(0, 999), 'as above'),
  range('bytes=1000-', 'unsatisfiable'),
  range('bytes=1000-1000', 'unsatisfiable'),
  range('bytes=2000-3000', 'unsatisfiable'),
  range('bytes=99999999999999999999-', 'unsatisfiable'),
  range('bytes=18446744073709551616-18446744073709551617', 'unsatisfiable', '2^64 is not 0'),
  range('bytes=-0', 'unsatisfiable', '§14.1.2 and nginx; Go answers an empty part'),
];

/** What counts as absent: §14.2 lets a server ignore or refuse what is malformed, and the contract says ignore. */
export const ignoredRangeRows: Row[] = [
  range('bytes=0-1,5-6', 'whole', 'several'),
  range('bytes=0-1, 5-6', 'whole', 'several'),
  range('bytes=0-500,400-999', 'whole', 'overlapping'),
  range('bytes=0-0,-1', 'whole', 'several'),
  range('bytes=1000-,2000-', 'whole', 'several that cannot be'),
  range(`bytes=${Array.from({ length: 200 }, (_, index) => `${index}-${index}`).join()}`, 'whole', 'very many'),
  [
    'Range: two lines are several',
    [
      ['Range', 'bytes=0-1'],
      ['Range', 'bytes=5-6'],
    ],
    'whole',
  ],
  range('bytes=5-2', 'whole', 'ends before it begins; Go and nginx refuse it'),
  range('bytes=', 'whole'),
  range('bytes', 'whole'),
  range('bytes=-', 'whole'),
  range('bytes=a-b', 'whole'),
  range('bytes=0-x', 'whole'),
  range('bytes=5', 'whole'),
  range('bytes=--5', 'whole'),
  range('bytes=0x10-20', 'whole'),
  range('bytes=+1-5', 'whole'),
  range('bytes=1.5-3', 'whole'),
  range('bytes=1e1-20', 'whole'),
  range('bytes=0-9;q=1', 'whole'),
  range('bytes 0-9', 'whole'),
  range('bytes:0-9', 'whole'),
  range('bytes =0-9', 'whole'),
  range('=0-9', 'whole'),
  range('0-9', 'whole'),
  range('', 'whole'),
  range('lines=0-9', 'whole', 'unknown unit, must be ignored §14.2'),
  range('none=0-9', 'whole', 'as above'),
  range('xbytes=0-9', 'whole', 'as above'),
];

/**
 * On a file without a byte. An empty part cannot be said (`Content-Range` has no form for it), and clients that always ask
 * for `bytes=0-` want no error: Go and nginx ignore the range.
 */
export const emptyFileRows: Row[] = [
  ['an empty file', {}, 'whole'],
  range('bytes=0-', 'whole', 'of an empty file, as Go and nginx'),
  range('bytes=0-9', 'whole', 'of an empty file, as Go and nginx'),
  range('bytes=-5', 'whole', 'of an empty file, as nginx'),
  range('lines=0-', 'whole', 'of an empty file'),
  ['an empty file, If-None-Match', { 'If-None-Match': '<etag>' }, 'not modified'],
  ['an empty file, If-Match', { 'If-Match': '"another"' }, 'precondition failed'],
];

/** On a file of one byte. */
export const oneByteRows: Row[] = [
  ['one byte', {}, 'whole'],
  range('bytes=0-', part(0, 0), 'of one byte'),
  range('bytes=0-0', part(0, 0), 'of one byte'),
  range('bytes=-1', part(0, 0), 'of one byte'),
  range('bytes=1-', 'unsatisfiable', 'of one byte'),
];
