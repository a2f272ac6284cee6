import { FileSynced } from '@wharf/contracts';
import { createEvent, publishEvent } from '@wharf/messaging';
import type { ObjectStat } from '@wharf/object-store';
import { type CloudSync, serviceName } from '../cloud-sync.js';

interface VerifiedCopy {
  uid: string;
  sha256: string;
  key: string;
  object: ObjectStat;
}

/** Announces a verified object as `file.synced`. */
export async function announceCopy(
  { bus, store }: CloudSync,
  { key, object, sha256, uid }: VerifiedCopy,
): Promise<void> {
  const event = createEvent(FileSynced, {
    service: serviceName,
    subject: uid,
    id: `${uid}.synced`,
    data: {
      uid,
      cloud_path: store.pathOf(key),
      size_bytes: object.sizeBytes,
      sha256,
      etag: object.etag,
      synced_at: new Date().toISOString(),
    },
  });
  // An object that was written anew has to get through: after a deletion it is metadata's only sign that bytes are left.
  await publishEvent(bus, event, { messageId: `${event.id}.${object.modifiedAt.getTime()}` });
}
