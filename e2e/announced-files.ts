import { createHash } from 'node:crypto';
import { type EventData, FileStored } from '@wharf/contracts';
import { type Bus, createEvent, publishEvent } from '@wharf/messaging';
import { newUid } from '@wharf/test-kit';
import { layout } from '@wharf/volume';

export type StoredData = EventData<typeof FileStored>;

/** What a gateway says of a file; its bytes are nowhere, which only matters to who reads them. */
export function describeFile(attributes: Partial<StoredData>): StoredData {
  const uid = newUid();
  return {
    uid,
    original_name: 'announced.bin',
    extension: 'bin',
    content_type: 'application/octet-stream',
    size_bytes: 1,
    sha256: createHash('sha256').update(uid).digest('hex'),
    local_path: layout.file(uid),
    owner_id: null,
    message_id: null,
    metadata: {},
    expires_at: null,
    max_downloads: null,
    created_at: new Date().toISOString(),
    ...attributes,
  };
}

/** Publishes `file.stored` for all of them, some hundred on their way at a time: files by the thousand within seconds. */
export async function announceFiles(bus: Bus, files: StoredData[]): Promise<void> {
  for (let first = 0; first < files.length; first += 250) {
    const batch = files.slice(first, first + 250).map((data) => {
      const event = createEvent(FileStored, { service: 'gateway', subject: data.uid, id: data.uid, data });
      return publishEvent(bus, event);
    });
    await Promise.all(batch);
  }
}
