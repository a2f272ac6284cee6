import { FilePurged, isPlaceOf, type PurgeCandidate } from '@wharf/contracts';
import { emit } from '@wharf/messaging';
import { differenceOf, type ObjectStore } from '@wharf/object-store';
import { faultPoint, hasCode, ifMissing } from '@wharf/service-kit';
import type { Volume } from '@wharf/volume';
import { type Janitor, serviceName } from '../janitor.js';
import { announceAgain } from './announce-again.js';
import { reasonOf, type SweepTally } from './run-sweep.js';

export interface Purge {
  volume: Volume;
  file: PurgeCandidate;
  reason: 'age' | 'pressure';
  tally: SweepTally;
}

/**
 * Frees a local copy if the store confirms its object; gives back the freed bytes. A file that is kept leaves the reason in
 * the tally; one whose
 * object is missing or another one is announced again, so that it is copied again. Throws `unavailable`.
 *
 * Order: confirm, unlink, announce. A janitor that dies before the announcement leaves a record that says `local`
 * without a file; the next sweep finds the file gone and announces it with 0 bytes. Downloads fall through to the store
 * meanwhile. Done twice, by two janitors at once, it is harmless: the event's id comes from the uid.
 */
export async function purgeConfirmed(janitor: Janitor, purge: Purge): Promise<number> {
  const { file, tally } = purge;
  tally.examined++;
  if (!isPlaceOf(file.uid, file.local_path)) {
    keep(janitor, purge, { fault: 'its record names a place that is not its own' });
    return 0;
  }
  try {
    const fault = await findFault(janitor.store, file);
    if (fault) {
      keep(janitor, purge, { fault: `${fault}; ${await announceAgain(janitor, purge)}` });
      return 0;
    }
    return await free(janitor, purge);
  } catch (error) {
    if (hasCode(error, 'unavailable')) throw error;
    keep(janitor, purge, { fault: reasonOf(error), error });
    return 0;
  }
}

function keep(janitor: Janitor, { file, tally }: Purge, why: { fault: string; error?: unknown }): void {
  janitor.metrics.kept();
  tally.addError(`${file.uid} is kept: ${why.fault}`);
  janitor.logger.warn({ uid: file.uid, ...why }, 'a local copy is kept');
}

/** Why the store's object does not stand for the file, or undefined when it does. */
async function findFault(store: ObjectStore, file: PurgeCandidate): Promise<string | undefined> {
  const object = await ifMissing(store.stat(store.keyOf(file.cloud_path)));
  if (!object) return 'its object is missing';
  const difference = differenceOf(object, { uid: file.uid, sizeBytes: file.size_bytes, sha256: file.sha256 });
  return difference && `its object is another one: ${difference}`;
}

async function free(janitor: Janitor, { file, reason, tally, volume }: Purge): Promise<number> {
  await faultPoint('janitor.after_check');
  const freedBytes = await volume.remove(file.local_path);
  await faultPoint('janitor.after_unlink');
  // Every file is missing on a volume that is not mounted: announced then, the bytes would stay for ever.
  if (freedBytes === 0) await volume.probe();
  tally.acted++;
  tally.freedBytes += freedBytes;
  janitor.metrics.freed(reason === 'age' ? 'purge' : 'pressure', freedBytes);
  await emit(janitor.bus, FilePurged, {
    service: serviceName,
    subject: file.uid,
    id: `${file.uid}.purged`,
    data: { uid: file.uid, reason, freed_bytes: freedBytes, purged_at: new Date().toISOString() },
  });
  await faultPoint('janitor.after_publish');
  return freedBytes;
}
