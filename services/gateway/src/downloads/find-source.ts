import { GetFile, isObjectOf, isPlaceOf, type LocatedFileRecord } from '@wharf/contracts';
import { callRpc } from '@wharf/messaging';
import { AppError, hasCode } from '@wharf/service-kit';
import type { Gateway } from '../gateway.js';
import type { OpenFile } from './open-files.js';
import { smallBodyBytes } from './read-at-once.js';

/** Where a file's bytes can be read right now. */
export type Source =
  | { kind: 'local'; file: OpenFile }
  /** The whole local copy, in memory. */
  | { kind: 'kept'; body: Buffer }
  | { kind: 'cloud'; key: string };

type Places = Pick<Gateway, 'bus' | 'logger' | 'openFiles' | 'store' | 'smallBodies'>;

/**
 * Finds bytes of a file: the local copy where it is whole, else the object; the other way round where the local one has just
 * failed (`failed`) or cannot be opened. A record is a moment old: where neither is to be found by it, a copy or a purge may
 * have come in between, and the record is asked for once more. Throws `unavailable` when there are bytes nowhere, and what the
 * volume throws when the only copy cannot be opened.
 */
export async function findSource(places: Places, record: LocatedFileRecord, failed?: Source['kind']): Promise<Source> {
  const body = places.smallBodies.find(record);
  if (body) return { kind: 'kept', body };
  const source = await trySources(places, record, failed);
  if (source) return source;
  const renewed = await callRpc(places.bus, GetFile, { uid: record.uid });
  const second = await trySources(places, renewed, failed);
  if (second) return second;
  throw new AppError('unavailable', 'the bytes of this file cannot be reached');
}

/** What the client is told of it. */
export function nameOf({ kind }: Source): 'local' | 'cloud' {
  return kind === 'cloud' ? 'cloud' : 'local';
}

export async function closeSource(source: Source): Promise<void> {
  if (source.kind === 'local') await source.file.close();
}

async function trySources(
  places: Places,
  record: LocatedFileRecord,
  failed: Source['kind'] | undefined,
): Promise<Source | undefined> {
  const cloud = cloudSource(places, record);
  if (failed === 'local' && cloud) return cloud;
  try {
    return (await openLocalCopy(places, record)) ?? cloud;
  } catch (error) {
    if (!cloud) throw error;
    places.logger.warn({ error, uid: record.uid }, 'a local copy cannot be opened; its object is read instead');
    return cloud;
  }
}

async function openLocalCopy({ openFiles }: Places, record: LocatedFileRecord): Promise<Source | undefined> {
  const { local_path: localPath, size_bytes: sizeBytes } = record;
  if (!localPath || !isPlaceOf(record.uid, localPath)) return undefined;
  const file = await openFiles.open(localPath, { isKept: sizeBytes > smallBodyBytes }).catch((error: unknown) => {
    if (hasCode(error, 'file_not_found')) return undefined;
    throw error;
  });
  // A copy that is cut short is no copy.
  if (file?.sizeBytes === sizeBytes) return { kind: 'local', file };
  openFiles.forget(localPath);
  await file?.close();
  return undefined;
}

function cloudSource({ store }: Places, record: LocatedFileRecord): Source | undefined {
  const { cloud_path: cloudPath, uid } = record;
  return cloudPath && isObjectOf(uid, cloudPath) ? { kind: 'cloud', key: store.keyOf(cloudPath) } : undefined;
}
