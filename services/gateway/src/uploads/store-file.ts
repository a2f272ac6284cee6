import type { FileRecord, UploadOptions } from '@wharf/contracts';
import { AppError, faultPoint, hasCode, isArmed } from '@wharf/service-kit';
import { layout, type PlacedFile, type Volume } from '@wharf/volume';
import type { Gateway } from '../gateway.js';
import { announceFile, recordOf } from './announce-file.js';
import { planFile, type ReceivedFile, type StoredEvent } from './plan-file.js';

/** A promise that took so long was made on a slow disk, or by a process that was frozen until others took it for dead. */
const suspiciousMs = 3000;

export interface StoredFile {
  record: FileRecord;
  /** Whether metadata confirmed the record; if not, the event is durable and the record will appear. */
  isRecorded: boolean;
}

/**
 * Turns a part into a file that is announced. The order is the promise: journal entry, with the bytes of a short part, into
 * place, publish, drop the entry. Whoever dies in between leaves an entry that any gateway's relay finishes, so after the entry is
 * written the upload can be answered whatever NATS does. That the file is durably in its place nobody waits for but the entry: what a
 * power cut undoes is done again.
 * Throws `content_type_not_allowed`, `insufficient_storage`; then nothing is left on the volume.
 */
export async function storeFile(gateway: Gateway, file: ReceivedFile, options: UploadOptions): Promise<StoredFile> {
  const { volume } = gateway;
  let event: StoredEvent;
  let place: PlacedFile | undefined;
  try {
    event = await planFile(gateway, file.uid, file, options);
    place = await putInPlace(volume, event, file.part.bytes);
  } catch (error) {
    // The entry goes first: with it, what is left would still be announced.
    await volume.journal.withdraw(file.uid).catch((cause: unknown) => {
      gateway.logger.error({ error: cause, uid: file.uid }, 'a journal entry could not be taken back');
    });
    await volume.remove(layout.part(file.uid));
    await volume.remove(layout.file(file.uid));
    if (hasCode(error, 'file_not_found')) throw new AppError('internal', 'a part vanished', { cause: error });
    throw error;
  }
  return announced(gateway, event, place);
}

/**
 * The same for the uid of a key, under which several attempts may be at work. They all store the same bytes and announce
 * the same event, in any order and any number of times; so nobody takes anything back on a failure: entry, part and file
 * may be what another attempt has just answered for. A part without an entry is left to the janitor.
 */
export async function storeSharedFile(gateway: Gateway, file: ReceivedFile, event: StoredEvent): Promise<StoredFile> {
  const { volume } = gateway;
  const { bytes } = file.part;
  let place: PlacedFile | undefined;
  try {
    if (!bytes) await volume.adoptPart(file.uid, event.data.uid);
    place = await putInPlace(volume, event, bytes);
  } catch (error) {
    // Another attempt stored the file, and it was deleted or purged within this moment.
    if (hasCode(error, 'file_not_found')) throw new AppError('unavailable', 'the file has moved on', { cause: error });
    throw error;
  }
  return announced(gateway, event, place);
}

/** Undefined where another gateway has taken the entry over while this one was frozen: it finishes, and may have done so long ago. */
async function putInPlace(
  volume: Volume,
  event: StoredEvent,
  bytes: Buffer | undefined,
): Promise<PlacedFile | undefined> {
  const { uid } = event.data;
  const place = await (bytes && !isArmed('gateway.journal_written')
    ? volume.journalAndPlaceBytes(uid, event, bytes)
    : journalAndPlace(volume, event, bytes));
  await faultPoint('gateway.renamed');
  return place;
}

async function journalAndPlace(
  volume: Volume,
  event: StoredEvent,
  bytes: Buffer | undefined,
): Promise<PlacedFile | undefined> {
  const { uid } = event.data;
  const startedAt = performance.now();
  await volume.journal.write(uid, event, bytes);
  await faultPoint('gateway.journal_written');
  const mayBeTaken = performance.now() - startedAt > suspiciousMs;
  if (mayBeTaken && !(await volume.journal.isOurs(uid))) return undefined;
  return bytes ? volume.placeBytes(uid, bytes) : volume.placePart(uid);
}

async function announced(gateway: Gateway, event: StoredEvent, place: PlacedFile | undefined): Promise<StoredFile> {
  const isRecorded = place !== undefined && (await announceFile(gateway, event, place));
  return { record: recordOf(event), isRecorded };
}
