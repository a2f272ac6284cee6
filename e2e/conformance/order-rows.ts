import { part, type Row } from './row.ts';

/** Several conditions: the order of RFC 9110 §13.2.2. */
export const orderRows: Row[] = [
  ['If-Match holds, If-None-Match too', { 'If-Match': '<etag>', 'If-None-Match': '"another"' }, 'whole'],
  ['If-Match holds, then 304', { 'If-Match': '<etag>', 'If-None-Match': '<etag>' }, 'not modified'],
  ['If-Match fails before 304', { 'If-Match': '"another"', 'If-None-Match': '<etag>' }, 'precondition failed'],
  ['If-Match holds, then the date', { 'If-Match': '*', 'If-Modified-Since': '<date>' }, 'not modified'],
  ['If-Match fails before the date', { 'If-Match': 'W/<etag>', 'If-Modified-Since': '<date>' }, 'precondition failed'],
  [
    'If-Unmodified-Since fails before 304',
    { 'If-Unmodified-Since': '<earlier>', 'If-None-Match': '<etag>' },
    'precondition failed',
  ],
  [
    'If-Unmodified-Since holds, then 304',
    { 'If-Unmodified-Since': '<date>', 'If-None-Match': '<etag>' },
    'not modified',
  ],
  [
    'both dates: unmodified since is judged first',
    { 'If-Unmodified-Since': '<earlier>', 'If-Modified-Since': '<date>' },
    'precondition failed',
  ],
  ['both dates hold: not modified', { 'If-Unmodified-Since': '<date>', 'If-Modified-Since': '<date>' }, 'not modified'],
  [
    'a bad If-Unmodified-Since leaves the others',
    { 'If-Unmodified-Since': 'never', 'If-Modified-Since': '<date>' },
    'not modified',
  ],
  [
    'all four, and all hold',
    {
      'If-Match': '<etag>',
      'If-Unmodified-Since': '<earlier>',
      'If-None-Match': '"another"',
      'If-Modified-Since': '<later>',
    },
    'whole',
  ],
  ['304 before a range', { 'If-None-Match': '<etag>', Range: 'bytes=0-9' }, 'not modified'],
  ['304 before a range that cannot be', { 'If-None-Match': '*', Range: 'bytes=5000-' }, 'not modified'],
  ['304 by date before a range', { 'If-Modified-Since': '<date>', Range: 'bytes=0-9' }, 'not modified'],
  ['412 before a range', { 'If-Match': '"another"', Range: 'bytes=0-9' }, 'precondition failed'],
  ['412 before a range that cannot be', { 'If-Match': '"another"', Range: 'bytes=5000-' }, 'precondition failed'],
  ['412 by date before a range', { 'If-Unmodified-Since': '<earlier>', Range: 'bytes=0-9' }, 'precondition failed'],
  ['conditions that hold leave the range', { 'If-Match': '<etag>', Range: 'bytes=0-9' }, part(0, 9)],
  ['other bytes than the client has: the range', { 'If-None-Match': '"another"', Range: 'bytes=0-9' }, part(0, 9)],
  ['newer than the client has: the range', { 'If-Modified-Since': '<earlier>', Range: 'bytes=0-9' }, part(0, 9)],
  ['unmodified: the range', { 'If-Unmodified-Since': '<date>', Range: 'bytes=990-' }, part(990, 999)],
  [
    'all that a resuming client may send',
    {
      'If-Match': '<etag>',
      'If-None-Match': '"another"',
      'If-Unmodified-Since': '<date>',
      'If-Range': '<etag>',
      Range: 'bytes=500-',
    },
    part(500, 999),
  ],
];

/** `If-Range`: one validator, compared strongly (§13.1.5); where it fails, the range counts as absent. */
export const ifRangeRows: Row[] = [
  ['If-Range: the tag', { 'If-Range': '<etag>', Range: 'bytes=0-9' }, part(0, 9)],
  ['If-Range: the tag as a weak one', { 'If-Range': 'W/<etag>', Range: 'bytes=0-9' }, 'whole'],
  ['If-Range: another tag', { 'If-Range': '"another"', Range: 'bytes=0-9' }, 'whole'],
  ['If-Range: a tag without quotes is none', { 'If-Range': '<hash>', Range: 'bytes=0-9' }, 'whole'],
  ['If-Range: a star is no validator', { 'If-Range': '*', Range: 'bytes=0-9' }, 'whole'],
  ['If-Range: a list is none', { 'If-Range': '"another", <etag>', Range: 'bytes=0-9' }, 'whole'],
  [
    'If-Range: the date, strong because bytes never change (§8.8.2.2)',
    { 'If-Range': '<date>', Range: 'bytes=0-9' },
    part(0, 9),
  ],
  ['If-Range: the date, RFC 850, as in Go and nginx', { 'If-Range': '<date rfc850>', Range: 'bytes=0-9' }, part(0, 9)],
  ['If-Range: the date, asctime, as in Go and nginx', { 'If-Range': '<date asctime>', Range: 'bytes=0-9' }, part(0, 9)],
  ['If-Range: a later date is another', { 'If-Range': '<later>', Range: 'bytes=0-9' }, 'whole'],
  ['If-Range: an earlier date is another', { 'If-Range': '<earlier>', Range: 'bytes=0-9' }, 'whole'],
  ['If-Range: no date', { 'If-Range': 'now', Range: 'bytes=0-9' }, 'whole'],
  ['If-Range: nothing without a range', { 'If-Range': '<etag>' }, 'whole'],
  ['If-Range: another tag without a range', { 'If-Range': '"another"' }, 'whole'],
  ['If-Range: the tag, a range that cannot be', { 'If-Range': '<etag>', Range: 'bytes=5000-' }, 'unsatisfiable'],
  ['If-Range: another tag, a range that cannot be', { 'If-Range': '"another"', Range: 'bytes=5000-' }, 'whole'],
  ['If-Range: the tag, a malformed range', { 'If-Range': '<etag>', Range: 'bytes=x' }, 'whole'],
  ['If-Range fails, If-Match holds', { 'If-Match': '<etag>', 'If-Range': '"another"', Range: 'bytes=0-9' }, 'whole'],
  ['304 before If-Range', { 'If-None-Match': '<etag>', 'If-Range': '<etag>', Range: 'bytes=0-9' }, 'not modified'],
  ['412 before If-Range', { 'If-Match': '"another"', 'If-Range': '<etag>', Range: 'bytes=0-9' }, 'precondition failed'],
];
