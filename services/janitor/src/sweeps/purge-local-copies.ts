import { FilePurged, ListPurgeCandidates, type PurgeCandidate } from '@wharf/contracts';
import { callRpc, emit } from '@wharf/messaging';
import type { ObjectStore } from '@wharf/object-store';
import { faultPoint, hasCode } from '@wharf/service-kit';
import type { Volume } from '@wharf/volume';
import { type Janitor, serviceName } from '../janitor.js';
import { forEachSideBySide } from './for-each-side-by-side.js';
import { reasonOf, requireOngoing, type SweepTally } from './run-sweep.js';

const pageSize = 200;
const width = 4;

/**
 * Frees the local copies of files that were synced long enough ago, each one only after the store has confirmed its object
 * just before. Throws when a dependency is away or `signal` aborts: without the store nothing can be confirmed, and
 * without NATS nothing can be announced.
 *
 * Order: confirm, unlink, announce. A janitor that dies before the announcement leaves a record that says `local`
 * without a file; the next sweep finds the file gone and announces it with 0 bytes. Downloads fall through to the store
 * meanwhile. Done twice, by two janitors at once, it is harmless: the event's id comes from the uid.
 */
export async function purgeLocalCopies(janitor: Janitor, tally: SweepTally, signal: AbortSignal): Promise<void> {
  const volume = await janitor.openVolume();
  const syncedBefore = new Date(Date.now() - janitor.config.purgeAfterMs).toISOString();
  await forEachSideBySide(listCandidates(janitor, syncedBefore), width, async (file) => {
    requireOngoing(signal);
    tally.examined++;
    try {
      const fault = await findFault(janitor.store, file);
      if (fault) return keep(janitor, file, tally, { fault });
      await purge(janitor, volume, file, tally);
    } catch (error) {
      if (hasCode(error, 'unavailable')) throw error;
      keep(janitor, file, tally, { fault: reasonOf(error), error });
    }
  });
}

function keep(
  janitor: Janitor,
  file: PurgeCandidate,
  tally: SweepTally,
  why: { fault: string; error?: unknown },
): void {
  janitor.metrics.kept();
  tally.addError(`${file.uid} is kept: ${why.fault}`);
  janitor.logger.warn({ uid: file.uid, ...why }, 'a local copy is kept');
}

async function* listCandidates({ bus }: Janitor, syncedBefore: string): AsyncGenerator<PurgeCandidate> {
  let last: PurgeCandidate | undefined;
  do {
    const { files } = await callRpc(bus, ListPurgeCandidates, {
      synced_before: syncedBefore,
      after: last ? { synced_at: last.synced_at, uid: last.uid } : null,
      limit: pageSize,
    });
    yield* files;
    last = files.length === pageSize ? files.at(-1) : undefined;
  } while (last);
}

/** Why the store's object does not stand for the file, or undefined when it does. */
async function findFault(store: ObjectStore, file: PurgeCandidate): Promise<string | undefined> {
  try {
    const object = await store.stat(store.keyOf(file.cloud_path));
    if (object.sizeBytes !== file.size_bytes) return `its object has ${object.sizeBytes} bytes, not ${file.size_bytes}`;
    if (object.uid !== file.uid) return 'its object is another file';
    if (object.sha256 !== file.sha256) return 'its object has another digest';
    return undefined;
  } catch (error) {
    if (hasCode(error, 'file_not_found')) return 'its object is missing';
    throw error;
  }
}

async function purge(janitor: Janitor, volume: Volume, file: PurgeCandidate, tally: SweepTally): Promise<void> {
  await faultPoint('janitor.after_check');
  const freedBytes = await volume.remove(file.local_path);
  await faultPoint('janitor.after_unlink');
  // Every file is missing on a volume that is not mounted: announced then, the bytes would stay for ever.
  if (freedBytes === 0) await volume.probe();
  tally.acted++;
  tally.freedBytes += freedBytes;
  janitor.metrics.freed('purge', freedBytes);
  await emit(janitor.bus, FilePurged, {
    service: serviceName,
    subject: file.uid,
    id: `${file.uid}.purged`,
    data: { uid: file.uid, reason: 'age', freed_bytes: freedBytes, purged_at: new Date().toISOString() },
  });
  await faultPoint('janitor.after_publish');
}
