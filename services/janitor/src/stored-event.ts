import { type EventOf, type LocatedFileRecord, PlacedFileStored } from '@wharf/contracts';
import { createEvent } from '@wharf/messaging';

/**
 * `file.stored` as the gateway announced it, with what users have changed since. It has the id of the first announcement, the
 * uid: whoever has seen that one has seen this one. To go through JetStream once more it needs a message id of its own.
 */
export function storedEventOf(record: LocatedFileRecord, localPath: string): EventOf<typeof PlacedFileStored> {
  const { uid } = record;
  // As gateways announce it: without a request where the file came by none.
  const { request_id: requestId, ...file } = record;
  const data = PlacedFileStored.data.parse({
    ...file,
    ...(requestId !== null && { request_id: requestId }),
    local_path: localPath,
  });
  return createEvent(PlacedFileStored, { service: 'gateway', subject: uid, id: uid, data });
}
