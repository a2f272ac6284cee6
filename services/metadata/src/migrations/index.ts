import { CreateFiles } from './0001-create-files.js';
import { CreateOutbox } from './0002-create-outbox.js';
import { CreateLinks } from './0003-create-links.js';
import { CreateDownloadClaims } from './0004-create-download-claims.js';
import { FindDueFiles } from './0005-find-due-files.js';
import { ListFiles } from './0006-list-files.js';
import { IndexLastReads } from './0007-index-last-reads.js';
import { RememberChanges } from './0008-remember-changes.js';
import { CountSentBytes } from './0009-count-sent-bytes.js';
import { KeepCharsets } from './0010-keep-charsets.js';
import { KeepStartedSessions } from './0011-keep-started-sessions.js';
import { OwnFiles } from './0012-own-files.js';
import { CreateOwnerUsage } from './0013-create-owner-usage.js';
import { CreateAttachments } from './0014-create-attachments.js';
import { KeepDeclaredTypes } from './0015-keep-declared-types.js';
import { ShareManyFiles } from './0016-share-many-files.js';
import { CreateFileRequests } from './0017-create-file-requests.js';
import { KeepTimelines } from './0018-keep-timelines.js';

/** Append only: what a release has run is never changed, since no database would run it again. */
export const migrations = [
  { name: '0001-create-files', class: CreateFiles },
  { name: '0002-create-outbox', class: CreateOutbox },
  { name: '0003-create-links', class: CreateLinks },
  { name: '0004-create-download-claims', class: CreateDownloadClaims },
  { name: '0005-find-due-files', class: FindDueFiles },
  { name: '0006-list-files', class: ListFiles },
  { name: '0007-index-last-reads', class: IndexLastReads },
  { name: '0008-remember-changes', class: RememberChanges },
  { name: '0009-count-sent-bytes', class: CountSentBytes },
  { name: '0010-keep-charsets', class: KeepCharsets },
  { name: '0011-keep-started-sessions', class: KeepStartedSessions },
  { name: '0012-own-files', class: OwnFiles },
  { name: '0013-create-owner-usage', class: CreateOwnerUsage },
  { name: '0014-create-attachments', class: CreateAttachments },
  { name: '0015-keep-declared-types', class: KeepDeclaredTypes },
  { name: '0016-share-many-files', class: ShareManyFiles },
  { name: '0017-create-file-requests', class: CreateFileRequests },
  { name: '0018-keep-timelines', class: KeepTimelines },
];
