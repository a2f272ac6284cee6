import { isDeepStrictEqual } from 'node:util';
import {
  extensionOf,
  type FileChanges,
  FileUpdated,
  type LocatedFileRecord,
  type RecordChanges,
  type RpcRequest,
  type UpdateFile,
} from '@wharf/contracts';
import { inTransaction } from '@wharf/database';
import { AppError } from '@wharf/service-kit';
import type { Metadata } from '../metadata.js';
import { announce } from '../outbox/announce.js';
import { forgetOldest } from '../timeline/forget-oldest.js';
import { keepStored } from '../timeline/keep-events.js';
import type { FileEntity } from './file.entity.js';
import { lockFile } from './lock-file.js';
import { mergeMetadata } from './merge-metadata.js';
import { nameSearchOf } from './name-search.js';
import { toFileRecord } from './to-file-record.js';

/**
 * Changes what is given and announces, in the same transaction, what is different now. A request without effect changes
 * nothing and announces nothing, so that it can be repeated when its answer was lost.
 * Throws `file_not_found`, `file_deleted`, `invalid_request` where merged metadata are too much.
 */
export async function updateFile(
  { orm, outbox }: Metadata,
  { caller, uid, changes, merges_metadata: mergesMetadata = false }: RpcRequest<typeof UpdateFile>,
): Promise<LocatedFileRecord> {
  const record = await inTransaction(orm, async (em) => {
    const file = await lockFile(em, uid, caller);
    if (file.status === 'deleted') throw new AppError('file_deleted', `file ${uid} is deleted`);
    const record = toFileRecord(file);
    const effective = differences(record, mergesMetadata ? mergeMetadata(record, changes) : changes);
    if (Object.keys(effective).length > 0) {
      const time = timeAfter(file.changedAt);
      await keepStored(em, [file]);
      applyChanges(file, effective, time);
      announce(em, FileUpdated, { subject: uid, time, data: { uid, changes: effective } });
      await forgetOldest(em, uid);
    }
    return toFileRecord(file);
  });
  outbox.wake();
  return record;
}

function differences(record: LocatedFileRecord, changes: FileChanges): FileChanges {
  return Object.fromEntries(
    Object.entries(normalized(changes)).filter(
      ([key, value]) => value !== undefined && !isDeepStrictEqual(value, record[key as keyof FileChanges] ?? null),
    ),
  );
}

// A time may come without milliseconds, or with more digits than are kept.
function normalized(changes: FileChanges): FileChanges {
  if (!changes.expires_at) return changes;
  return { ...changes, expires_at: new Date(changes.expires_at).toISOString() };
}

/** Now, or later: an event that is replayed is told from a newer one by its time. */
export function timeAfter(last: Date | null): Date {
  return new Date(Math.max(Date.now(), last === null ? 0 : last.getTime() + 1));
}

/** Sets what is given. `time` is that of the event that tells of it. */
export function applyChanges(file: FileEntity, changes: RecordChanges, time: Date): void {
  file.changedAt = time;
  if (changes.original_name !== undefined) {
    file.originalName = changes.original_name;
    Object.assign(file, nameSearchOf(changes.original_name));
    file.extension = extensionOf(changes.original_name);
  }
  if (changes.content_type !== undefined) file.contentType = changes.content_type;
  if (changes.charset !== undefined) file.charset = changes.charset;
  if (changes.expires_at !== undefined) file.expiresAt = changes.expires_at ? new Date(changes.expires_at) : null;
  if (changes.max_downloads !== undefined) file.maxDownloads = changes.max_downloads;
  if (changes.message_id !== undefined) file.messageId = changes.message_id;
  if (changes.metadata !== undefined) file.metadata = changes.metadata;
  if (changes.visibility !== undefined) file.visibility = changes.visibility;
  if (changes.owner_id !== undefined) file.ownerId = changes.owner_id;
}
