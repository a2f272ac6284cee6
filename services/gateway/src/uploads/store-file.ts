import { type EventData, type EventOf, type FileRecord, FileStored, type UploadOptions } from '@wharf/contracts';
import { createEvent, publishEvent } from '@wharf/messaging';
import { AppError, hasCode } from '@wharf/service-kit';
import { type FinishedPart, layout } from '@wharf/volume';
import type { Gateway } from '../gateway.js';
import { detectContentType, isAllowedType } from './detect-content-type.js';
import { cleanFileName, extensionOf } from './file-name.js';
import { expiryOf } from './upload-options.js';

export interface ReceivedFile {
  uid: string;
  part: FinishedPart;
  /** The name as the client sent it; empty where it sent none. */
  sentName: string;
  /** The Content-Type that the client declared. */
  declaredType: string | undefined;
}

export interface StoredFile {
  record: FileRecord;
  /** Whether metadata confirmed the record; if not, the event is durable and the record will appear. */
  isRecorded: boolean;
}

type StoredData = EventData<typeof FileStored>;
type StoredEvent = EventOf<typeof FileStored>;

/**
 * Turns a durable part into a file that is announced. The order is the promise: journal entry, move into place, publish,
 * drop the entry. Whoever dies in between leaves an entry that any gateway's relay finishes, so after the entry is
 * written the upload can be answered whatever NATS does.
 * Throws `content_type_not_allowed`, `insufficient_storage`; then nothing is left on the volume.
 */
export async function storeFile(gateway: Gateway, file: ReceivedFile, options: UploadOptions): Promise<StoredFile> {
  const { volume } = gateway;
  let event: StoredEvent;
  try {
    event = eventOf(await describeFile(gateway, file, options));
    await volume.journal.write(file.uid, event);
    await volume.commitPart(file.uid);
  } catch (error) {
    // The entry goes first: with it, what is left would still be announced.
    await volume.journal.remove(file.uid);
    await volume.remove(layout.part(file.uid));
    await volume.remove(layout.file(file.uid));
    if (hasCode(error, 'file_not_found')) throw new AppError('internal', 'a part vanished', { cause: error });
    throw error;
  }
  return { record: recordOf(event.data), isRecorded: await announce(gateway, event) };
}

async function describeFile({ config }: Gateway, file: ReceivedFile, options: UploadOptions): Promise<StoredData> {
  const { part, uid } = file;
  const contentType = await detectContentType(part.head, file.declaredType);
  if (!isAllowedType(contentType, config.allowedContentTypes)) {
    throw new AppError('content_type_not_allowed', `files of type ${contentType} are not taken here`);
  }
  const now = Date.now();
  const originalName = cleanFileName(file.sentName);
  return {
    uid,
    original_name: originalName,
    extension: extensionOf(originalName),
    content_type: contentType,
    size_bytes: part.sizeBytes,
    sha256: part.sha256,
    local_path: layout.file(uid),
    owner_id: null,
    message_id: options.message_id ?? null,
    metadata: options.metadata ?? {},
    expires_at: expiryOf(options, now),
    max_downloads: options.max_downloads ?? null,
    created_at: new Date(now).toISOString(),
  };
}

/** The event's id is the uid: a republish after a crash is dropped by JetStream, and past its window by metadata. */
function eventOf(data: StoredData): StoredEvent {
  return createEvent(FileStored, { service: 'gateway', subject: data.uid, id: data.uid, data });
}

/** Publishes and waits for the record. False when NATS or metadata did not confirm in time: nothing is lost then. */
async function announce(gateway: Gateway, event: StoredEvent): Promise<boolean> {
  const { bus, confirmations, config, logger, volume } = gateway;
  const { uid } = event.data;
  const confirmation = confirmations.wait(uid, config.recordWaitMs);
  try {
    await publishEvent(bus, event, { confirmTo: confirmations.inbox });
    await volume.journal.remove(uid);
  } catch (error) {
    // The entry is durable: whatever stopped this, the relay finishes it, and the upload is a success.
    logger.warn({ error, uid }, 'file.stored is left to the journal');
    confirmation.cancel();
  }
  return confirmation.confirmed;
}

/** The record as metadata has it right after `file.stored`. */
function recordOf(data: StoredData): FileRecord {
  const { local_path: _, ...shared } = data;
  return {
    ...shared,
    status: 'stored',
    local: true,
    cloud_path: null,
    sync_error: null,
    download_count: 0,
    synced_at: null,
    archived_at: null,
    deleted_at: null,
    deleted_reason: null,
    last_accessed_at: null,
  };
}
