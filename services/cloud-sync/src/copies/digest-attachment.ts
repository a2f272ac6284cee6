import type { AttachedFile } from '@wharf/contracts';
import { type ObjectStat, type ObjectStore, sha256Of } from '@wharf/object-store';
import { AppError, faultPoint, hasCode, ifMissing } from '@wharf/service-kit';
import type { CloudSync } from '../cloud-sync.js';
import { announceCopy } from './announce-copy.js';
import type { Delivery } from './copy-to-cloud.js';
import { isDeleted } from './is-deleted.js';

/**
 * Reads an attachment that was sent straight to the object store, writes its digest into what the object says of itself, and announces
 * `file.synced` with it: from then on it is verified, and a file like any other. Repeatable at every point.
 *
 * An object that is not the one that was confirmed is noticed here, by its tag: `digest_mismatch`, and the attachment is never verified.
 */
export async function digestAttachment(cloudSync: CloudSync, file: AttachedFile, delivery: Delivery): Promise<void> {
  const { bus, metrics, slots, store } = cloudSync;
  const key = store.keyOf(file.cloud_path);
  try {
    const object = await ifMissing(store.stat(key));
    if (!object) {
      if (await isDeleted(bus, file.uid)) return metrics.settled('deleted');
      throw new AppError('file_not_found', 'the object of the attachment is gone');
    }
    const marked = await slots.use(
      file.size_bytes,
      async () => (await markedBefore(store, file, object, delivery)) ?? digest(store, file, object),
    );
    await faultPoint('cloud_sync.attachment_marked');
    const sha256 = marked.sha256 ?? '';
    await announceCopy(cloudSync, { uid: file.uid, sha256, key, object: marked });
    metrics.settled('found');
  } catch (error) {
    metrics.settled(hasCode(error, 'unavailable') ? 'unavailable' : 'failed');
    throw error;
  }
}

/**
 * By an attempt that died before its announcement, or before its ack. Marking may have given it another tag (AWS, "CopyObject", of large or
 * encrypted objects): then its bytes have to be those that it says.
 */
async function markedBefore(
  store: ObjectStore,
  file: AttachedFile,
  object: ObjectStat,
  { isRepeated }: Delivery,
): Promise<ObjectStat | undefined> {
  const isMarked = object.uid === file.uid && object.sha256 !== null && object.sizeBytes === file.size_bytes;
  if (!isRepeated || !isMarked) return undefined;
  if (object.etag !== file.etag && (await digestOf(store, file)) !== object.sha256) throw replaced();
  return object;
}

async function digest(store: ObjectStore, file: AttachedFile, object: ObjectStat): Promise<ObjectStat> {
  const { content_type: contentType, etag, uid } = file;
  if (object.etag !== etag || object.sizeBytes !== file.size_bytes) throw replaced();
  const sha256 = await digestOf(store, file);
  if (object.sha256 !== null && object.sha256 !== sha256) {
    throw new AppError('digest_mismatch', 'the object does not have the digest that it says');
  }
  return store.direct.mark(store.keyOf(file.cloud_path), { uid, sha256, etag, contentType }).catch((error: unknown) => {
    throw hasCode(error, 'conflict') ? replaced(error) : error;
  });
}

async function digestOf(store: ObjectStore, file: AttachedFile): Promise<string> {
  return sha256Of(await store.read(store.keyOf(file.cloud_path)));
}

function replaced(cause?: unknown): AppError {
  return new AppError('digest_mismatch', 'the object is not the one that was confirmed', { cause });
}
