import type { FileRecord } from '@wharf/contracts';
import { publishEvent } from '@wharf/messaging';
import { faultPoint } from '@wharf/service-kit';
import type { Gateway } from '../gateway.js';
import type { StoredEvent } from './plan-file.js';

/**
 * Publishes the event of a file that lies in its place and in the journal, and waits for the record.
 * False when NATS or metadata did not confirm in time: nothing is lost then.
 */
export async function announceFile(gateway: Gateway, event: StoredEvent): Promise<boolean> {
  const { bus, confirmations, config, logger, volume } = gateway;
  const { uid } = event.data;
  const confirmation = confirmations.wait(uid, config.recordWaitMs);
  try {
    await publishEvent(bus, event, { confirmTo: confirmations.inbox });
    await faultPoint('gateway.published');
    volume.journal.remove(uid);
  } catch (error) {
    // The entry is durable: whatever stopped this, the relay finishes it, and the upload is a success.
    logger.warn({ error, uid }, 'file.stored is left to the journal');
    confirmation.cancel();
  }
  return confirmation.confirmed;
}

/** The record as metadata has it right after `file.stored`. */
export function recordOf({ data }: StoredEvent): FileRecord {
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
