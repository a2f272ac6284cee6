import type { Attachment, LocatedFileRecord } from '@wharf/contracts';
import { AppError } from '@wharf/service-kit';
import { contentTypeOf, dispositionOf } from '../downloads/file-headers.js';
import type { Gateway } from '../gateway.js';

const addressLifetimeSeconds = 3600;

/** The record of a confirmed attachment as its owner sees it. Nothing is asked of the store. */
export async function shownAttachment(
  { config, store }: Pick<Gateway, 'config' | 'store'>,
  record: LocatedFileRecord,
  origin: string,
): Promise<Attachment> {
  if (record.cloud_path === null) throw new AppError('internal', `the attachment ${record.uid} has no object`);
  const key = store.keyOf(record.cloud_path);
  return {
    id: record.uid,
    user_id: record.owner_id,
    message_id: record.message_id,
    filename: record.original_name,
    content_type: record.content_type,
    size_bytes: record.size_bytes,
    sha256: record.sha256,
    storage_key: key,
    metadata: record.metadata,
    created_at: record.created_at,
    download_url: config.cdnUrl ? `${config.cdnUrl}/${key}` : await addressOf(),
  };

  async function addressOf(): Promise<string> {
    const presigned = await store.presignRead(key, {
      lifetimeSeconds: addressLifetimeSeconds,
      contentType: contentTypeOf(record),
      contentDisposition: dispositionOf(record, false),
    });
    return presigned ?? `${origin}/api/v1/files/${record.uid}`;
  }
}
