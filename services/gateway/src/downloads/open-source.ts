import { GetFile, isObjectOf, type LocatedFileRecord, serviceCaller } from '@wharf/contracts';
import { callRpc } from '@wharf/messaging';
import { AppError } from '@wharf/service-kit';
import type { Gateway } from '../gateway.js';
import { CloudObject } from './cloud-object.js';
import type { Source } from './source.js';

type Places = Pick<Gateway, 'bus' | 'copies' | 'logger' | 'store'>;

/**
 * Opens a copy of a file: the local one where it is whole, else the object. Where a local one has just `failed`, the object comes
 * first. A record is a moment old: where it leads to no copy, a purge or a copy to the cloud may have finished in between, and
 * the record is read once more. Throws `unavailable` when there is no copy anywhere, and what the volume throws when the only
 * copy cannot be opened.
 */
export async function openSource(places: Places, record: LocatedFileRecord, failed?: Source['place']): Promise<Source> {
  const source = await openByRecord(places, record, failed);
  if (source) return source;
  const current = await callRpc(places.bus, GetFile, { uid: record.uid, caller: serviceCaller });
  const second = await openByRecord(places, current, failed);
  if (second) return second;
  throw new AppError('unavailable', 'the bytes of this file cannot be reached');
}

async function openByRecord(
  places: Places,
  record: LocatedFileRecord,
  failed: Source['place'] | undefined,
): Promise<Source | undefined> {
  if (failed === 'local') return objectOf(places, record) ?? (await places.copies.open(record));
  try {
    return (await places.copies.open(record)) ?? objectOf(places, record);
  } catch (error) {
    const object = objectOf(places, record);
    if (!object) throw error;
    places.logger.warn({ error, uid: record.uid }, 'a local copy cannot be opened; its object is read instead');
    return object;
  }
}

function objectOf({ store }: Places, { cloud_path: cloudPath, uid }: LocatedFileRecord): Source | undefined {
  return cloudPath && isObjectOf(uid, cloudPath) ? new CloudObject(store, store.keyOf(cloudPath)) : undefined;
}
