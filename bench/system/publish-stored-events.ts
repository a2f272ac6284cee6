import { FileStored } from '@wharf/contracts';
import { createEvent, publishEvent } from '@wharf/messaging';
import { newUid, testBus } from '@wharf/test-kit';
import { layout } from '@wharf/volume';
import type { WharfSystem } from './wharf-system.ts';

const atATime = 256;

/** Announces files that there are not: what metadata does with them costs the same. */
export async function publishStoredEvents(
  wharf: WharfSystem,
  { count, messageId }: { count: number; messageId: string },
): Promise<void> {
  const bus = testBus(String(wharf.environment.NATS_URL));
  await bus.connected();
  let next = 0;
  const lane = async () => {
    while (next < count) await publishEvent(bus, storedEvent(next++, messageId));
  };
  await Promise.all(Array.from({ length: atATime }, lane));
  await bus.drain();
}

function storedEvent(number: number, messageId: string) {
  const uid = newUid();
  const data = {
    ...{ uid, original_name: `bench ${number}.bin`, extension: 'bin', content_type: 'application/octet-stream' },
    ...{
      size_bytes: 10_000,
      sha256: 'ab'.repeat(32),
      local_path: layout.file(uid),
    },
    ...{ owner_id: null, message_id: messageId, metadata: {}, expires_at: null, max_downloads: null },
    created_at: new Date().toISOString(),
  };
  return createEvent(FileStored, { service: 'bench', subject: uid, id: uid, data });
}
