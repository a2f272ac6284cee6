import type { EntityManager } from '@mikro-orm/postgresql';
import {
  type AttachedFile,
  type ConfirmAttachment,
  extensionOf,
  FileStored,
  type LocatedFileRecord,
  type RpcRequest,
} from '@wharf/contracts';
import { inTransaction } from '@wharf/database';
import { fileNotFound } from '../access/file-scope.js';
import { FileEntity } from '../files/file.entity.js';
import { initialStatus } from '../files/file-status.js';
import { nameSearchOf } from '../files/name-search.js';
import { toFileRecord } from '../files/to-file-record.js';
import type { Metadata } from '../metadata.js';
import { announce } from '../outbox/announce.js';
import type { AttachmentEntity } from './attachment.entity.js';
import { findAttachment } from './find-attachment.js';

type Request = RpcRequest<typeof ConfirmAttachment>;

/**
 * Makes a file of an attachment whose object was judged: records it, counts it in its owner's quota in the place of what was reserved, and
 * announces it. One that is confirmed stays as it is. Throws `file_not_found` where it was deleted, or given up by the janitor, meanwhile:
 * then nobody refers to the object.
 */
export async function confirmAttachment({ orm, outbox }: Metadata, request: Request): Promise<LocatedFileRecord> {
  const { attachment_id: id, caller } = request;
  const record = await inTransaction(orm, async (em) => {
    const { attachment, file } = await findAttachment(em, id, caller, { isLocked: true });
    if (attachment.state === 'deleted' || file?.status === 'deleted') throw fileNotFound(id);
    if (file) return toFileRecord(file);
    attachment.state = 'confirmed';
    attachment.confirmedAt = new Date();
    const stored = attachedFile(attachment, request);
    const recorded = recordOf(em, stored);
    await em.flush();
    if (stored.owner_id !== null) {
      await em.execute('select count_owner_files(?, 1, ?::bigint, array[?]::uuid[])', [
        stored.owner_id,
        stored.size_bytes,
        id,
      ]);
    }
    announce(em, FileStored, { subject: id, data: stored });
    return toFileRecord(recorded);
  });
  outbox.wake();
  return record;
}

function attachedFile(attachment: AttachmentEntity, { message_id, object }: Request): AttachedFile {
  return {
    uid: attachment.id,
    original_name: attachment.filename,
    extension: extensionOf(attachment.filename),
    content_type: object.content_type,
    declared_content_type: attachment.contentType,
    charset: object.charset,
    size_bytes: object.size_bytes,
    sha256: null,
    local_path: null,
    cloud_path: object.cloud_path,
    etag: object.etag,
    owner_id: attachment.ownerId,
    visibility: 'private',
    message_id: message_id ?? attachment.messageId,
    metadata: {},
    expires_at: null,
    max_downloads: null,
    created_at: attachment.createdAt.toISOString(),
  };
}

function recordOf(em: EntityManager, stored: AttachedFile): FileEntity {
  return em.create(FileEntity, {
    uid: stored.uid,
    originalName: stored.original_name,
    ...nameSearchOf(stored.original_name),
    extension: stored.extension,
    contentType: stored.content_type,
    declaredContentType: stored.declared_content_type ?? null,
    charset: stored.charset ?? null,
    sizeBytes: stored.size_bytes,
    sha256: null,
    status: initialStatus,
    localPath: null,
    cloudPath: stored.cloud_path,
    syncError: null,
    ownerId: stored.owner_id,
    visibility: 'private',
    messageId: stored.message_id,
    requestId: null,
    metadata: {},
    expiresAt: null,
    maxDownloads: null,
    createdAt: new Date(stored.created_at),
    syncedAt: null,
    archivedAt: null,
    deletedAt: null,
    deletedReason: null,
    lastAccessedAt: null,
    changedAt: null,
  });
}
