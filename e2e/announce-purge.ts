import { FilePurged } from '@wharf/contracts';
import { emit } from '@wharf/messaging';
import { testBus } from '@wharf/test-kit';

/** Tells that a local copy was freed, as a janitor does. */
export async function announcePurge(natsUrl: string, uid: string, freedBytes: number): Promise<void> {
  const bus = testBus(natsUrl);
  try {
    await bus.connected();
    const data = { uid, reason: 'age' as const, freed_bytes: freedBytes, purged_at: new Date().toISOString() };
    await emit(bus, FilePurged, { service: 'janitor', subject: uid, id: `${uid}.purged`, data });
  } finally {
    await bus.drain();
  }
}
