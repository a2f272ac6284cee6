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
 * Looks at the object itself, and believes nothing that was said of it: it is given its own key, where nobody else writes, and judged there by its
 * size and its first bytes. Repeatable. Throws `upload_missing` before it is there, `conflict` where another one comes in its place meanwhile,
 * `file_too_large`, `content_type_not_allowed`.
 */
export async function judgeObject(store: ObjectStore, attachment: KeptAttachment): Promise<JudgedObject> {
  const key = store.keyFor(attachment.id);
  if (attachment.is_multipart) await store.direct.completeParts(pendingKeyOf(attachment.id), attachment.max_size_bytes);
  const object = await acceptSent(store, key, attachment);
  await faultPoint('attachment.accepted');
  if (object.sizeBytes > attachment.max_size_bytes) throw tooLarge(attachment.max_size_bytes);
  const head = await readHead(store, key, object.sizeBytes);
  const { charset, contentType } = await judgeType(head, {
    declaredType: attachment.content_type,
    extension: extensionOf(attachment.filename),
    allowed: attachment.allowed_types,
  });
  return {
    cloud_path: store.pathOf(key),
    etag: object.etag,
    size_bytes: object.sizeBytes,
    content_type: contentType,
    charset,
  };
}

/** What was sent, under its own key. An attempt that died may have left it there. */
async function acceptSent(
  store: ObjectStore,
  key: string,
  { content_type: contentType, id, max_size_bytes: maxBytes }: KeptAttachment,
): Promise<ObjectStat> {
  const pendingKey = pendingKeyOf(id);
  const sent = await ifMissing(store.stat(pendingKey));
  // Before it is copied.
  if (sent && sent.sizeBytes > maxBytes) throw tooLarge(maxBytes);
  const accepted =
    sent && (await ifMissing(store.direct.accept(pendingKey, key, { uid: id, etag: sent.etag, contentType })));
  const object = accepted ?? (await ifMissing(store.stat(key)));
  if (!object) throw new AppError('upload_missing', 'the attachment has not been sent yet');
  return object;
}

async function readHead(store: ObjectStore, key: string, sizeBytes: number): Promise<Buffer> {
  if (sizeBytes === 0) return Buffer.alloc(0);
  const chunks: Buffer[] = [];
  for await (const chunk of await store.read(key, { start: 0, end: Math.min(headBytes, sizeBytes) - 1 })) {
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

function tooLarge(maxBytes: number): AppError {
  return new AppError('file_too_large', `the attachment may have at most ${maxBytes} bytes`);
}
