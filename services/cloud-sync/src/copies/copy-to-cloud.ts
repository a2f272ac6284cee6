import { type EventData, type FileStored, FileSynced, GetFile, serviceCaller } from '@wharf/contracts';
import { callRpc, createEvent, publishEvent } from '@wharf/messaging';
import { isSameObject, type ObjectStat, type ObjectStore } from '@wharf/object-store';
import { AppError, faultPoint, hasCode, ifMissing } from '@wharf/service-kit';
import { type CloudSync, serviceName } from '../cloud-sync.js';

type StoredFile = EventData<typeof FileStored>;

interface Delivery {
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
export async function copyToCloud(cloudSync: CloudSync, file: StoredFile, delivery: Delivery): Promise<void> {
  const { metrics, slots, store } = cloudSync;
  const key = store.keyFor(file.uid);
  const stopTimer = metrics.startTimer();
  try {
    const found = delivery.isRepeated ? await findCopy(store, key, file) : undefined;
    const copy = found ?? (await slots.use(file.size_bytes, () => makeCopy(cloudSync, key, file, delivery.signal)));
    if (!copy) return metrics.settled('deleted');
    await faultPoint('cloud_sync.after_complete');
    await announce(cloudSync, key, file, copy);
    await faultPoint('cloud_sync.after_publish');
    metrics.settled(found ? 'found' : 'copied');
    if (!found) metrics.copied(file.size_bytes, stopTimer());
  } catch (error) {
    metrics.settled(hasCode(error, 'unavailable') ? 'unavailable' : 'failed');
    throw error;
  }
}

async function findCopy(store: ObjectStore, key: string, file: StoredFile): Promise<ObjectStat | undefined> {
  const object = await ifMissing(store.stat(key));
  const expected = { uid: file.uid, sizeBytes: file.size_bytes, sha256: file.sha256 };
  return object && isSameObject(object, expected) ? object : undefined;
}

/** What the store says of the new object, or undefined when there is nothing to copy any more. */
async function makeCopy(
  { bus, openVolume, store }: CloudSync,
  key: string,
  file: StoredFile,
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

/** False as well when metadata cannot say: then the missing file is tried again, and given up as what it is. */
async function isDeleted(bus: CloudSync['bus'], uid: string): Promise<boolean> {
  try {
    return (await callRpc(bus, GetFile, { uid, caller: serviceCaller })).status === 'deleted';
  } catch (error) {
    if (hasCode(error, 'file_not_found') || hasCode(error, 'unavailable')) return false;
    throw error;
  }
}

async function announce(cloudSync: CloudSync, key: string, file: StoredFile, copy: ObjectStat): Promise<void> {
  const event = createEvent(FileSynced, {
    service: serviceName,
    subject: file.uid,
    id: `${file.uid}.synced`,
    data: {
      uid: file.uid,
      cloud_path: cloudSync.store.pathOf(key),
      size_bytes: copy.sizeBytes,
      sha256: file.sha256,
      etag: copy.etag,
      synced_at: new Date().toISOString(),
    },
  });
  // An object that was written anew has to get through: after a deletion it is metadata's only sign that bytes are left.
  await publishEvent(cloudSync.bus, event, { messageId: `${event.id}.${copy.modifiedAt.getTime()}` });
}
