import type { FileRecord } from '@wharf/contracts';
import { publishEvent, sendEvent } from '@wharf/messaging';
import { faultPoint } from '@wharf/service-kit';
import type { StoredFile } from '@wharf/volume';
import type { Gateway } from '../gateway.js';
import type { StoredEvent } from './plan-file.js';

/**
 * Publishes the event of a file that lies in its place and in the journal, and waits for the record.
 * False when metadata did not confirm in time: nothing is lost then.
 */
export async function announceFile(gateway: Gateway, event: StoredEvent, stored: StoredFile): Promise<boolean> {
  const { bus, confirmations, config } = gateway;
  const { uid } = event.data;
  const confirmation = confirmations.wait(uid, config.recordWaitMs);
  try {
    sendEvent(bus, event, confirmations.inbox);
    await faultPoint('gateway.published');
  } catch (error) {
    confirmation.cancel();
    leaveToJournal(gateway, uid, error);
    return false;
  }
  const isRecorded = await confirmation.confirmed;
  void (isRecorded ? completeFile(gateway, uid, stored) : publishAgain(gateway, event));
  return isRecorded;
}

/**
 * At once, and JetStream drops it where it has it: the first time nobody waited for its word. The entry stays until the relay finds the
 * record.
 */
async function publishAgain(gateway: Gateway, event: StoredEvent): Promise<void> {
  try {
    await publishEvent(gateway.bus, event);
  } catch (error) {
    leaveToJournal(gateway, event.data.uid, error);
  }
}

/** The entry is durable: whatever stopped this, the relay finishes it, and the upload is a success. */
function leaveToJournal({ logger }: Gateway, uid: string, error: unknown): void {
  logger.warn({ error, uid }, 'file.stored is left to the journal');
}

/** Nobody waits for it: an entry that stays in the journal a moment longer harms nobody. */
export async function completeFile(
  { logger }: Pick<Gateway, 'logger'>,
  uid: string,
  stored: StoredFile,
): Promise<void> {
  try {
    await stored.complete();
  } catch (error) {
    logger.warn({ error, uid }, 'a file is left to the journal: it could not be made durable in its place');
  }
}

/** The record as metadata has it right after `file.stored`. */
export function recordOf({ data }: StoredEvent): FileRecord {
  const { local_path: _, ...shared } = data;
  return {
    ...shared,
    visibility: data.visibility ?? 'private',
    request_id: data.request_id ?? null,
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
