import type { Row } from './row.ts';

/** `If-Match`: compared strongly, before everything else (RFC 9110 §13.1.1). */
export const ifMatchRows: Row[] = [
  ['no condition', {}, 'whole'],
  ['If-Match: the tag', { 'If-Match': '<etag>' }, 'whole'],
  ['If-Match: *', { 'If-Match': '*' }, 'whole'],
  ['If-Match: another tag', { 'If-Match': '"another"' }, 'precondition failed'],
  ['If-Match: the tag first in a list', { 'If-Match': '<etag>, "another"' }, 'whole'],
  ['If-Match: the tag last in a list', { 'If-Match': '"one", "two", <etag>' }, 'whole'],
  ['If-Match: a list without spaces', { 'If-Match': '"one",<etag>,"two"' }, 'whole'],
  ['If-Match: a list without the tag', { 'If-Match': '"one", "two"' }, 'precondition failed'],
  ['If-Match: a list with empty elements (§5.6.1.2)', { 'If-Match': ', ,"one",\t, <etag>' }, 'whole'],
  ['If-Match: a comma within a tag is no end of it', { 'If-Match': '"one,two", <etag>' }, 'whole'],
  ['If-Match: the tag within the quotes of another', { 'If-Match': '"one,<hash>,two"' }, 'precondition failed'],
  [
    'If-Match: two lines are one list (§5.3)',
    [
      ['If-Match', '"another"'],
      ['If-Match', '<etag>'],
    ],
    'whole',
  ],
  ['If-Match: the tag as a weak one', { 'If-Match': 'W/<etag>' }, 'precondition failed'],
  ['If-Match: weak, and others', { 'If-Match': 'W/<etag>, "another"' }, 'precondition failed'],
  ['If-Match: weak, then strong', { 'If-Match': 'W/<etag>, <etag>' }, 'whole'],
  ['If-Match: a star in quotes is a tag', { 'If-Match': '"*"' }, 'precondition failed'],
  ['If-Match: tags differ by case', { 'If-Match': '"<HASH>"' }, 'precondition failed'],
  ['If-Match: a tag that begins alike', { 'If-Match': '"<hash>-gzip"' }, 'precondition failed'],
  ['If-Match: no quotes, no match, as in Go and nginx', { 'If-Match': '<hash>' }, 'precondition failed'],
];

/** `If-Unmodified-Since`: only where `If-Match` is absent (§13.1.4). */
export const ifUnmodifiedSinceRows: Row[] = [
  ['If-Unmodified-Since: the date', { 'If-Unmodified-Since': '<date>' }, 'whole'],
  ['If-Unmodified-Since: later', { 'If-Unmodified-Since': '<later>' }, 'whole'],
  ['If-Unmodified-Since: earlier', { 'If-Unmodified-Since': '<earlier>' }, 'precondition failed'],
  ['If-Unmodified-Since: in the future', { 'If-Unmodified-Since': 'Thu, 01 Jan 2099 00:00:00 GMT' }, 'whole'],
  ['If-Unmodified-Since: the date, RFC 850', { 'If-Unmodified-Since': '<date rfc850>' }, 'whole'],
  ['If-Unmodified-Since: earlier, RFC 850', { 'If-Unmodified-Since': '<earlier rfc850>' }, 'precondition failed'],
  ['If-Unmodified-Since: the date, asctime', { 'If-Unmodified-Since': '<date asctime>' }, 'whole'],
  ['If-Unmodified-Since: earlier, asctime', { 'If-Unmodified-Since': '<earlier asctime>' }, 'precondition failed'],
  ['If-Unmodified-Since: no date is ignored', { 'If-Unmodified-Since': 'yesterday' }, 'whole'],
  ['If-Unmodified-Since: an ISO date is ignored', { 'If-Unmodified-Since': '1999-01-01T00:00:00Z' }, 'whole'],
  ['If-Unmodified-Since: a number is ignored', { 'If-Unmodified-Since': '1' }, 'whole'],
  [
    'If-Unmodified-Since: another zone is ignored',
    { 'If-Unmodified-Since': 'Sun, 06 Nov 1994 08:49:37 +0100' },
    'whole',
  ],
  [
    'If-Unmodified-Since: ignored where If-Match holds',
    { 'If-Match': '<etag>', 'If-Unmodified-Since': '<earlier>' },
    'whole',
  ],
  [
    'If-Unmodified-Since: saves no If-Match that fails',
    { 'If-Match': '"another"', 'If-Unmodified-Since': '<later>' },
    'precondition failed',
  ],
];

/** `If-None-Match`: compared weakly (§13.1.2). */
export const ifNoneMatchRows: Row[] = [
  ['If-None-Match: the tag', { 'If-None-Match': '<etag>' }, 'not modified'],
  ['If-None-Match: the tag as a weak one', { 'If-None-Match': 'W/<etag>' }, 'not modified'],
  ['If-None-Match: *', { 'If-None-Match': '*' }, 'not modified'],
  ['If-None-Match: another tag', { 'If-None-Match': '"another"' }, 'whole'],
  ['If-None-Match: a list with the tag', { 'If-None-Match': '"one", <etag>, "two"' }, 'not modified'],
  ['If-None-Match: a list with it, weak', { 'If-None-Match': 'W/"one", W/<etag>' }, 'not modified'],
  ['If-None-Match: a list without it', { 'If-None-Match': '"one", W/"two"' }, 'whole'],
  ['If-None-Match: a list with empty elements', { 'If-None-Match': ',, <etag> ,' }, 'not modified'],
  [
    'If-None-Match: two lines are one list',
    [
      ['If-None-Match', '"another"'],
      ['If-None-Match', 'W/<etag>'],
    ],
    'not modified',
  ],
  ['If-None-Match: a star in quotes is a tag', { 'If-None-Match': '"*"' }, 'whole'],
  ['If-None-Match: no quotes, no match, as in Go and nginx', { 'If-None-Match': '<hash>' }, 'whole'],
  ['If-None-Match: the weak sign is a capital letter (§8.8.3)', { 'If-None-Match': 'w/<etag>' }, 'whole'],
  ['If-None-Match: the tag within another', { 'If-None-Match': '"one <hash>"' }, 'whole'],
];

/** `If-Modified-Since`: only where `If-None-Match` is absent (§13.1.3). */
export const ifModifiedSinceRows: Row[] = [
  ['If-Modified-Since: the date', { 'If-Modified-Since': '<date>' }, 'not modified'],
  ['If-Modified-Since: later', { 'If-Modified-Since': '<later>' }, 'not modified'],
  ['If-Modified-Since: earlier', { 'If-Modified-Since': '<earlier>' }, 'whole'],
  ['If-Modified-Since: the date, RFC 850', { 'If-Modified-Since': '<date rfc850>' }, 'not modified'],
  ['If-Modified-Since: earlier, RFC 850', { 'If-Modified-Since': '<earlier rfc850>' }, 'whole'],
  ['If-Modified-Since: the date, asctime', { 'If-Modified-Since': '<date asctime>' }, 'not modified'],
  ['If-Modified-Since: earlier, asctime', { 'If-Modified-Since': '<earlier asctime>' }, 'whole'],
  ['If-Modified-Since: a day of one digit, asctime', { 'If-Modified-Since': 'Sun Nov  6 08:49:37 1994' }, 'whole'],
  [
    'If-Modified-Since: two digits of a year are never more than 50 years ahead (§5.6.7)',
    { 'If-Modified-Since': 'Sunday, 06-Nov-94 08:49:37 GMT' },
    'whole',
  ],
  [
    'If-Modified-Since: the future is a date like any other (RFC 9110 and Go; RFC 2616 called it invalid)',
    { 'If-Modified-Since': 'Thu, 01 Jan 2099 00:00:00 GMT' },
    'not modified',
  ],
  ['If-Modified-Since: no date is ignored', { 'If-Modified-Since': 'tomorrow' }, 'whole'],
  ['If-Modified-Since: an ISO date is ignored', { 'If-Modified-Since': '2099-01-01T00:00:00Z' }, 'whole'],
  ['If-Modified-Since: a number is ignored', { 'If-Modified-Since': '4070908800' }, 'whole'],
  ['If-Modified-Since: nothing is ignored', { 'If-Modified-Since': '' }, 'whole'],
  [
    'If-Modified-Since: a day that no calendar has is ignored',
    { 'If-Modified-Since': 'Sat, 31 Feb 2099 00:00:00 GMT' },
    'whole',
  ],
  ['If-Modified-Since: another zone is ignored', { 'If-Modified-Since': 'Thu, 01 Jan 2099 00:00:00 +0000' }, 'whole'],
  [
    'If-Modified-Since: ignored beside an If-None-Match that differs',
    { 'If-None-Match': '"another"', 'If-Modified-Since': '<later>' },
    'whole',
  ],
  [
    'If-Modified-Since: ignored beside an If-None-Match that is alike',
    { 'If-None-Match': '<etag>', 'If-Modified-Since': '<earlier>' },
    'not modified',
  ],
  [
    'If-Modified-Since: ignored beside an If-None-Match without any tag',
    { 'If-None-Match': '<hash>', 'If-Modified-Since': '<date>' },
    'whole',
  ],
];
