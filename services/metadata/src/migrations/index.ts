import { CreateFiles } from './0001-create-files.js';
import { CreateOutbox } from './0002-create-outbox.js';
import { IndexLastReads } from './0009-index-last-reads.js';
import { RememberChanges } from './0010-remember-changes.js';

/** Append only: what a release has run is never changed, since no database would run it again. */
export const migrations = [
  { name: '0001-create-files', class: CreateFiles },
  { name: '0002-create-outbox', class: CreateOutbox },
  { name: '0009-index-last-reads', class: IndexLastReads },
  { name: '0010-remember-changes', class: RememberChanges },
];
