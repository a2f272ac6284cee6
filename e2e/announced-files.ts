import { FileStored } from '@wharf/contracts';
import { type Bus, createEvent, publishEvent } from '@wharf/messaging';
import { eventually, type StoredData } from '@wharf/test-kit';

/** Publishes `file.stored` for all of them, some hundred on their way at a time: files by the thousand within seconds. */
export async function announceFiles(bus: Bus, files: StoredData[]): Promise<void> {
  for (let first = 0; first < files.length; first += 250) {
    const batch = files.slice(first, first + 250).map((data) => {
      const event = createEvent(FileStored, { service: 'gateway', subject: data.uid, id: data.uid, data });
      // As publishers do: a NATS whose disk is busy may answer late, and has the event all the same.
      return eventually(() => publishEvent(bus, event));
    });
    await Promise.all(batch);
  }
}
