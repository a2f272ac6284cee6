import { announcedLengths } from './announced-lengths.ts';
import type { Attack } from './attack.ts';
import { byteAMinute } from './byte-a-minute.ts';
import { docsReset } from './docs-reset.ts';
import { foreignPages } from './foreign-pages.ts';
import { formHeaderBytes } from './form-header-bytes.ts';
import { formHeaderSpaces } from './form-header-spaces.ts';
import { fuzzHttp } from './fuzz/fuzz-http.ts';
import { fuzzNats } from './fuzz/fuzz-nats.ts';
import { idleConnections } from './idle-connections.ts';
import { malformedHeads } from './malformed-heads.ts';
import { noUrl } from './no-url.ts';
import { pipelinedUnread } from './pipelined-unread.ts';
import { queryKeys } from './query-keys.ts';
import { rangeFloods } from './range-floods.ts';
import { readyFlood } from './ready-flood.ts';
import { shortSearches } from './short-searches.ts';
import { silentReaders } from './silent-readers.ts';
import { slowReaders } from './slow-readers.ts';
import { unreadBodies } from './unread-bodies.ts';
import { wholeRanges } from './whole-ranges.ts';
import { wideMetadata } from './wide-metadata.ts';

/** One after another; those of a round at once, since they take minutes, or make each other worse. */
export const rounds: readonly (readonly Attack[])[] = [
  [noUrl],
  [queryKeys],
  [formHeaderSpaces],
  [formHeaderBytes],
  [pipelinedUnread],
  [docsReset],
  [wideMetadata],
  [readyFlood],
  [malformedHeads],
  [rangeFloods],
  [foreignPages],
  [wholeRanges],
  [fuzzHttp],
  [fuzzNats],
  [announcedLengths],
  [slowReaders, byteAMinute, silentReaders, idleConnections, unreadBodies],
  // Last: it fills the database.
  [shortSearches],
];

export const attacks: readonly Attack[] = rounds.flat();
