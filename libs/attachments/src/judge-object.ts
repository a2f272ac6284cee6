import { judgeType } from '@wharf/content-types';
import { extensionOf, type KeptAttachment } from '@wharf/contracts';
import type { ObjectStat, ObjectStore } from '@wharf/object-store';
import { AppError, faultPoint, ifMissing } from '@wharf/service-kit';
import { pendingKeyOf } from './sent-objects.js';

export interface JudgedObject {
  cloud_path: string;
  etag: string;
  size_bytes: number;
  content_type: string;
  charset?: string | undefined;
}

/** As much as an upload through a gateway is judged by. */
const headBytes = 16 * 1024;

/**
 * Looks at the object itself, and believes nothing that was said of it. It is judged by its size and its first bytes, and, only if it still is the
 * object that was judged, given its own key, where nobody else writes. Repeatable. Throws `upload_missing` before it is there, `conflict` where
 * another one comes in its place meanwhile, `file_too_large`, `content_type_not_allowed`.
 */
export async function judgeObject(store: ObjectStore, attachment: KeptAttachment): Promise<JudgedObject> {
  const pendingKey = pendingKeyOf(attachment.id);
  if (attachment.is_multipart) await store.direct.completeParts(pendingKey, attachment.max_size_bytes);
  const judged =
    (await ifMissing(acceptSent(store, pendingKey, attachment))) ?? (await ifMissing(findAccepted(store, attachment)));
  if (!judged) throw new AppError('upload_missing', 'the attachment has not been sent yet');
  return judged;
}

/** What was sent comes under its own key. */
async function acceptSent(store: ObjectStore, pendingKey: string, attachment: KeptAttachment): Promise<JudgedObject> {
  const { content_type: contentType, id: uid } = attachment;
  const key = store.keyFor(uid);
  const { object, type } = await judge(store, pendingKey, attachment);
  const { etag, sizeBytes } = object;
  const accepted = await store.direct.accept(pendingKey, key, { uid, etag, sizeBytes, contentType });
  await faultPoint('attachment.accepted');
  return describe(store.pathOf(key), accepted, type);
}

/** An attempt that died may have left it there. */
async function findAccepted(store: ObjectStore, attachment: KeptAttachment): Promise<JudgedObject> {
  const key = store.keyFor(attachment.id);
  const { object, type } = await judge(store, key, attachment);
  return describe(store.pathOf(key), object, type);
}

async function judge(store: ObjectStore, key: string, attachment: KeptAttachment) {
  const { max_size_bytes: maxBytes } = attachment;
  const { head, object } = await store.direct.look(key, headBytes);
  if (object.sizeBytes > maxBytes) {
    throw new AppError('file_too_large', `the attachment may have at most ${maxBytes} bytes`);
  }
  const type = await judgeType(head, {
    declaredType: attachment.content_type,
    extension: extensionOf(attachment.filename),
    allowed: attachment.allowed_types,
  });
  return { object, type };
}

function describe(
  cloudPath: string,
  { etag, sizeBytes }: ObjectStat,
  { charset, contentType }: Awaited<ReturnType<typeof judgeType>>,
): JudgedObject {
  return { cloud_path: cloudPath, etag, size_bytes: sizeBytes, content_type: contentType, charset };
}
