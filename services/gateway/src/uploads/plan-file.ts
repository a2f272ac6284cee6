import { judgeType } from '@wharf/content-types';
import {
  ContentType,
  type EventOf,
  extensionOf,
  type PlacedFile,
  PlacedFileStored,
  type UploadOptions,
} from '@wharf/contracts';
import { createEvent } from '@wharf/messaging';
import { layout, type Staged } from '@wharf/volume';
import type { Gateway } from '../gateway.js';
import { requireNoOptions } from '../requests/require-deliverable.js';
import { cleanFileName } from './file-name.js';
import { expiryOf } from './upload-options.js';

export interface ReceivedFile {
  staged: Staged;
  /** The name as the client sent it; empty where it sent none. */
  sentName: string;
  /** The Content-Type that the client declared. */
  declaredType: string | undefined;
}

/** A body that was received, with what its sender wants of the file. */
export interface ReceivedUpload {
  file: ReceivedFile;
  options: UploadOptions;
  /** Whose the file will be; null: nobody's. */
  ownerId: string | null;
  /** Of the file request by which it is delivered. */
  requestId?: string | undefined;
}

export type StoredEvent = EventOf<typeof PlacedFileStored>;

/**
 * The event by which the file `uid` will be announced. Its id is the uid: a republish after a crash is dropped by JetStream, and
 * past its window by metadata. Throws `content_type_not_allowed`, `invalid_request`.
 */
export async function planFile(
  { config }: Pick<Gateway, 'config'>,
  uid: string,
  { file, options, ownerId, requestId }: ReceivedUpload,
): Promise<StoredEvent> {
  if (requestId !== undefined) requireNoOptions(options);
  const { staged, sentName, declaredType } = file;
  const originalName = cleanFileName(sentName);
  const extension = extensionOf(originalName);
  const told = { declaredType, extension, allowed: config.allowedContentTypes };
  const { charset, contentType } = await judgeType(staged.head, told);
  const now = Date.now();
  const data: PlacedFile = {
    uid,
    original_name: originalName,
    extension,
    content_type: contentType,
    charset,
    declared_content_type: ContentType.safeParse(declaredType).success ? declaredType : undefined,
    size_bytes: staged.sizeBytes,
    sha256: staged.sha256,
    local_path: layout.file(uid),
    owner_id: ownerId,
    visibility: options.visibility ?? 'private',
    message_id: options.message_id ?? null,
    ...(requestId !== undefined && { request_id: requestId }),
    metadata: options.metadata ?? {},
    expires_at: expiryOf(options, now),
    max_downloads: options.max_downloads ?? null,
    created_at: new Date(now).toISOString(),
  };
  return createEvent(PlacedFileStored, { service: 'gateway', subject: uid, id: uid, data });
}
