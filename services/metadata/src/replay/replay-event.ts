import type { MikroORM } from '@mikro-orm/postgresql';
import {
  type EventOf,
  type FileDeleted,
  type FilePurged,
  FileStored,
  FileSynced,
  type FileSyncFailed,
  FileUpdated,
  type ReplayEvent,
  type ReplayedEvent,
  type ReplayOutcome,
  type RpcRequest,
  serviceCaller,
} from '@wharf/contracts';
import { inTransaction } from '@wharf/database';
import { hasCode } from '@wharf/service-kit';
import type { FileEntity } from '../files/file.entity.js';
import { nextStatus } from '../files/file-status.js';
import { learnDigest } from '../files/learn-digest.js';
import { lockFile } from '../files/lock-file.js';
import { recordStoredFiles } from '../files/record-stored-files.js';
import { isCopyOf } from '../files/record-synced-copy.js';
import { applyChanges } from '../files/update-file.js';
import { revokeLinks } from '../links/revoke-links.js';
import { keepEvents, keepStored } from '../timeline/keep-events.js';

/**
 * Teaches a record what it missed. The events of the past are not those of today: nothing is announced, metadata's own
 * `file.updated` and `file.deleted` count as well, and each event is compared with what the record knows: by the time that
 * the event carries, something newer is never overwritten, so that files may change while the replay runs.
 * A deleted record still learns what happened before its end; it stays deleted.
 */
export async function replayEvent(
  orm: MikroORM,
  { deletion, event }: RpcRequest<typeof ReplayEvent>,
): Promise<ReplayOutcome> {
  if (event.type === FileStored.type) {
    const recorded = await recordStoredFiles(orm, [{ stored: event.data, deletion }]);
    return recorded.size > 0 ? 'applied' : 'unchanged';
  }
  try {
    return await inTransaction(orm, async (em) => {
      const file = await lockFile(em, event.data.uid, serviceCaller);
      const { ownerId: former } = file;
      if (event.type === FileUpdated.type) await keepStored(em, [file]);
      const outcome = learn(file, event) ? 'applied' : 'unchanged';
      if (event.type !== FileSynced.type) await keepEvents(em, [event]);
      if (former !== null && file.ownerId !== former) await revokeLinks(em, [file.uid]);
      return outcome;
    });
  } catch (error) {
    if (hasCode(error, 'file_not_found')) return 'not_recorded';
    if (hasCode(error, 'conflict')) return 'unchanged';
    throw error;
  }
}

/** What happens to a file that is recorded. */
type LaterEvent = Exclude<ReplayedEvent, EventOf<typeof FileStored>>;

/** False when the record knew it already. Throws `file_not_found` for a purge without a synced copy. */
type Learner<Event> = (file: FileEntity, event: Event) => boolean;

/** One for every event that is replayed: a new event does not compile until it has a learner. */
export type Learners = { [Event in LaterEvent as Event['type']]: Learner<Event> };

const learners: Learners = {
  'file.synced': learnSynced,
  'file.sync_failed': learnFailed,
  'file.purged': learnPurged,
  'file.updated': learnUpdated,
  'file.deleted': learnDeleted,
};

function learn(file: FileEntity, event: LaterEvent): boolean {
  // The table gives each event the learner of its own type; the compiler loses that in the union.
  const learner = learners[event.type] as Learner<LaterEvent>;
  return learner(file, event);
}

function learnSynced(file: FileEntity, { data: synced }: EventOf<typeof FileSynced>): boolean {
  if (isKnown(file.syncedAt, synced.synced_at) || !isCopyOf(file, synced)) return false;
  file.status = nextStatus(file.status, 'synced');
  file.syncedAt = new Date(synced.synced_at);
  file.syncError = null;
  file.etag = synced.etag;
  if (file.status !== 'deleted') file.cloudPath = synced.cloud_path;
  learnDigest(file, synced);
  return true;
}

/** News of a failure says nothing about when; after a copy it is old. */
function learnFailed(file: FileEntity, { data: failed }: EventOf<typeof FileSyncFailed>): boolean {
  if (file.syncedAt !== null || file.syncError === failed.reason) return false;
  file.syncError = failed.reason;
  return true;
}

function learnPurged(file: FileEntity, { data: purged }: EventOf<typeof FilePurged>): boolean {
  if (isKnown(file.archivedAt, purged.purged_at)) return false;
  file.status = nextStatus(file.status, 'purged');
  file.archivedAt = new Date(purged.purged_at);
  file.localPath = null;
  return true;
}

function learnUpdated(file: FileEntity, event: EventOf<typeof FileUpdated>): boolean {
  if (isKnown(file.changedAt, event.time)) return false;
  applyChanges(file, event.data.changes, new Date(event.time));
  return true;
}

function learnDeleted(file: FileEntity, { data: deleted }: EventOf<typeof FileDeleted>): boolean {
  if (file.status === 'deleted') return false;
  file.status = nextStatus(file.status, 'deleted');
  file.deletedAt = new Date(deleted.deleted_at);
  file.deletedReason = deleted.reason;
  file.localPath = null;
  file.cloudPath = null;
  return true;
}

function isKnown(known: Date | null, time: string): boolean {
  return known !== null && known >= new Date(time);
}
