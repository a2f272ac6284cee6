import type { FileRecord } from '@wharf/contracts';
import { AppError, faultPoint, hasCode } from '@wharf/service-kit';
import type { StoredFile } from '@wharf/volume';
import type { Gateway } from '../gateway.js';
import { announceFile, recordOf } from './announce-file.js';
import { planFile, type ReceivedFile, type ReceivedUpload, type StoredEvent } from './plan-file.js';

export interface StoredUpload {
  record: FileRecord;
  /** Whether metadata confirmed the record; if not, the event is durable and the record will appear. */
  isRecorded: boolean;
}

/**
 * Turns a staged file into one that is stored and announced. The order is the promise: journal entry, into place, publish, drop the
 * entry. Whoever dies in between leaves an entry that any gateway's relay finishes, so after the entry is written the upload can be
 * answered whatever NATS does.
 * Throws `content_type_not_allowed`, `insufficient_storage`; then nothing is left on the volume.
 */
export async function storeFile(gateway: Gateway, upload: ReceivedUpload): Promise<StoredUpload> {
  const { logger, volume } = gateway;
  const { staged } = upload.file;
  let event: StoredEvent;
  let stored: StoredFile | undefined;
  try {
    event = await planFile(gateway, staged.uid, upload);
    stored = await volume.store(event, staged);
    await faultPoint('gateway.renamed');
  } catch (error) {
    await volume.revoke(staged.uid).catch((cause: unknown) => {
      logger.error({ error: cause, uid: staged.uid }, 'a journal entry could not be taken back');
    });
    if (hasCode(error, 'file_not_found')) throw new AppError('internal', 'a staged file vanished', { cause: error });
    throw error;
  }
  return announced(gateway, event, stored);
}

/**
 * The same for the uid of a key, under which several attempts may be at work. They all store the same bytes and announce
 * the same event, in any order and any number of times; so nobody takes anything back on a failure: entry and file
 * may be what another attempt has just answered for. A staged file without an entry is left to the janitor.
 */
export async function storeSharedFile(
  gateway: Gateway,
  { staged }: Pick<ReceivedFile, 'staged'>,
  event: StoredEvent,
): Promise<StoredUpload> {
  let stored: StoredFile | undefined;
  try {
    stored = await gateway.volume.store(event, staged);
    await faultPoint('gateway.renamed');
  } catch (error) {
    // Another attempt stored the file, and it was deleted or purged within this moment.
    if (hasCode(error, 'file_not_found')) throw new AppError('unavailable', 'the file has moved on', { cause: error });
    throw error;
  }
  return announced(gateway, event, stored);
}

/** Another gateway that has taken the entry over announces the file as well. */
async function announced(gateway: Gateway, event: StoredEvent, stored: StoredFile | undefined): Promise<StoredUpload> {
  const isRecorded = stored !== undefined && (await announceFile(gateway, event, stored));
  return { record: recordOf(event), isRecorded };
}
