import type { PlacedFile } from '@wharf/contracts';
import { isSameObject, type ObjectStat, type ObjectStore } from '@wharf/object-store';
import { AppError, faultPoint, hasCode, ifMissing } from '@wharf/service-kit';
import type { CloudSync } from '../cloud-sync.js';
import { announceCopy } from './announce-copy.js';
import { isDeleted } from './is-deleted.js';

export interface Delivery {
  /** Whether the copy may have been made before. */
  isRepeated: boolean;
  signal: AbortSignal;
}

/**
 * Copies a file from the volume to the object store and announces `file.synced`.
 *
 * Repeatable at every point: a repeated delivery looks for a good object first, from an attempt that died before its ack or from one
 * to which the store answered with an error although it had completed, and only announces it. A first delivery does not look: what it
 * would replace is the same file. The announcement is delivered at least once.
 *
 * A deletion is not ordered against the copy: an object that arrives after its file was deleted is announced all the
 * same, and metadata answers with another `file.deleted`.
 */
export async function copyToCloud(cloudSync: CloudSync, file: PlacedFile, delivery: Delivery): Promise<void> {
  const { metrics, slots, store } = cloudSync;
  const key = store.keyFor(file.uid);
  const stopTimer = metrics.startTimer();
  try {
    const found = delivery.isRepeated ? await findCopy(store, key, file) : undefined;
    const copy = found ?? (await slots.use(file.size_bytes, () => makeCopy(cloudSync, key, file, delivery.signal)));
    if (!copy) return metrics.settled('deleted');
    await faultPoint('cloud_sync.after_complete');
    await announceCopy(cloudSync, { uid: file.uid, sha256: file.sha256, key, object: copy });
    await faultPoint('cloud_sync.after_publish');
    metrics.settled(found ? 'found' : 'copied');
    if (!found) metrics.copied(file.size_bytes, stopTimer());
  } catch (error) {
    metrics.settled(hasCode(error, 'unavailable') ? 'unavailable' : 'failed');
    throw error;
  }
}

async function findCopy(store: ObjectStore, key: string, file: PlacedFile): Promise<ObjectStat | undefined> {
  const object = await ifMissing(store.stat(key));
  const expected = { uid: file.uid, sizeBytes: file.size_bytes, sha256: file.sha256 };
  return object && isSameObject(object, expected) ? object : undefined;
}

/** What the store says of the new object, or undefined when there is nothing to copy any more. */
async function makeCopy(
  { bus, openVolume, store }: CloudSync,
  key: string,
  file: PlacedFile,
  signal: AbortSignal,
): Promise<ObjectStat | undefined> {
  const volume = await openVolume();
  try {
    return await store.put(
      key,
      {
        path: volume.resolve(file.local_path),
        uid: file.uid,
        sizeBytes: file.size_bytes,
        sha256: file.sha256,
        contentType: file.content_type,
      },
      signal,
    );
  } catch (error) {
    // Not the file's fault: the next replica begins again.
    if (signal.aborted)
      throw new AppError('unavailable', 'the copy was abandoned, the service stops', { cause: error });
    if (hasCode(error, 'unavailable')) throw error;
    // On a volume that is damaged or not mounted every file is missing or unreadable: only what fails on a sound one counts.
    await volume.probe();
    if (hasCode(error, 'file_not_found') && (await isDeleted(bus, file.uid))) return undefined;
    throw error;
  }
}
