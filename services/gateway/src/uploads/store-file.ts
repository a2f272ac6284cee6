import type { FileRecord, UploadOptions } from '@wharf/contracts';
import { AppError, faultPoint, hasCode } from '@wharf/service-kit';
import { layout, type PlacedFile } from '@wharf/volume';
import type { Gateway } from '../gateway.js';
import { announceFile, recordOf } from './announce-file.js';
import { planFile, type ReceivedFile, type StoredEvent } from './plan-file.js';

export interface StoredFile {
  record: FileRecord;
  /** Whether metadata confirmed the record; if not, the event is durable and the record will appear. */
  isRecorded: boolean;
}

/**
 * Turns a durable part into a file that is announced. The order is the promise: journal entry, move into place, publish,
 * drop the entry. Whoever dies in between leaves an entry that any gateway's relay finishes, so after the entry is
 * written the upload can be answered whatever NATS does. That the move is durable nobody waits for but the entry: what a power cut
 * undoes is done again.
 * Throws `content_type_not_allowed`, `insufficient_storage`; then nothing is left on the volume.
 */
export async function storeFile(gateway: Gateway, file: ReceivedFile, options: UploadOptions): Promise<StoredFile> {
  const { volume } = gateway;
  let event: StoredEvent;
  let place: PlacedFile;
  try {
    event = await planFile(gateway, file.uid, file, options);
    await volume.journal.write(file.uid, event);
    await faultPoint('gateway.journal_written');
    place = await volume.placePart(file.uid);
    await faultPoint('gateway.renamed');
  } catch (error) {
    // The entry goes first: with it, what is left would still be announced. Where the disk does not take that down any more,
    // it is an entry without bytes, which announces nothing.
    await volume.journal.withdraw(file.uid).catch((cause: unknown) => {
      gateway.logger.error({ error: cause, uid: file.uid }, 'a journal entry could not be taken back');
    });
    await volume.remove(layout.part(file.uid));
    await volume.remove(layout.file(file.uid));
    if (hasCode(error, 'file_not_found')) throw new AppError('internal', 'a part vanished', { cause: error });
    throw error;
  }
  return { record: recordOf(event), isRecorded: await announceFile(gateway, event, place) };
}

/**
 * The same for the uid of a key, under which several attempts may be at work. They all store the same bytes and announce
 * the same event, in any order and any number of times; so nobody takes anything back on a failure: entry, part and file
 * may be what another attempt has just answered for. A part without an entry is left to the janitor.
 */
export async function storeSharedFile(gateway: Gateway, partId: string, event: StoredEvent): Promise<StoredFile> {
  const { volume } = gateway;
  const { uid } = event.data;
  let place: PlacedFile;
  try {
    await volume.adoptPart(partId, uid);
    await volume.journal.write(uid, event);
    await faultPoint('gateway.journal_written');
    place = await volume.placePart(uid);
    await faultPoint('gateway.renamed');
  } catch (error) {
    // Another attempt stored the file, and it was deleted or purged within this moment.
    if (hasCode(error, 'file_not_found')) throw new AppError('unavailable', 'the file has moved on', { cause: error });
    throw error;
  }
  return { record: recordOf(event), isRecorded: await announceFile(gateway, event, place) };
}
