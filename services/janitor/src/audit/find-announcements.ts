import { type EventOf, FileDeleted, FileStored, FilesStream } from '@wharf/contracts';
import { type Bus, findEvents, readEventAt, readerName } from '@wharf/messaging';

/** Clocks differ; and the event comes after the uid was made. */
const marginMs = 3_600_000;

/**
 * The `file.stored` of files that no record knows, as far as the stream still holds it. A file whose deletion the stream
 * holds as well is left out: it was not forgotten, it is gone.
 */
export async function findAnnouncements(
  bus: Bus,
  uids: readonly string[],
): Promise<Map<string, EventOf<typeof FileStored>>> {
  const announced = new Map<string, EventOf<typeof FileStored>>();
  if (uids.length === 0) return announced;
  const since = new Date(Math.min(...uids.map(timeOf)) - marginMs);
  // Audits run one at a time.
  const search = { stream: FilesStream.name, subjects: new Set(uids), since, reader: readerName(bus.user) };
  const deleted = await findEvents(bus, { ...search, definition: FileDeleted });
  const stored = await findEvents(bus, { ...search, definition: FileStored });
  for (const [uid, sequence] of stored) {
    if (deleted.has(uid)) continue;
    const event = await readEventAt(bus, FileStored, { stream: FilesStream.name, sequence });
    // The header by which it was found is only what its sender says.
    if (event?.data.uid === uid) announced.set(uid, event);
  }
  return announced;
}

/** The first 48 bits of a UUIDv7 are the milliseconds of its time (RFC 9562 §5.7). */
function timeOf(uid: string): number {
  return Number.parseInt(uid.replaceAll('-', '').slice(0, 12), 16);
}
