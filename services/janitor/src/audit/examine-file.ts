import { GetFile, isObjectOf, isPlaceOf, type LocatedFileRecord, serviceCaller } from '@wharf/contracts';
import type { Bus } from '@wharf/messaging';
import type { ObjectStore } from '@wharf/object-store';
import { ifMissing } from '@wharf/service-kit';
import { layout } from '@wharf/volume';
import { askMetadata } from './ask-metadata.js';
import type { Audit } from './audit.js';
import { type Copy, type Expected, examineLocal, examineObject } from './examine-copies.js';

/** What all three sides say of one file. */
export interface ExaminedFile {
  uid: string;
  record: LocatedFileRecord | undefined;
  localPath: string;
  local: Copy;
  objectKey: string;
  object: Copy;
}

/**
 * Asks record, volume and store about a file and reads the bytes of both copies: whoever is suspected is looked at closely,
 * since what is done about one copy depends on the other. `announced` stands in where there is no record.
 * Throws `internal` when the record names an object of another store.
 */
export async function examineFile(
  { bus, onRead, store, volume }: Pick<Audit, 'bus' | 'store' | 'volume' | 'onRead'>,
  uid: string,
  announced?: Expected,
): Promise<ExaminedFile> {
  const record = await findRecord(bus, uid);
  const expected = record ? expectedOf(record) : announced;
  const localPath = localPathOf(uid, record);
  const objectKey = objectKeyOf(store, uid, record);
  const examination = { expected, isRead: expected !== undefined, onRead };
  const [local, object] = await Promise.all([
    examineLocal(volume, localPath, examination),
    examineObject(store, objectKey, examination),
  ]);
  return { uid, record, localPath, local, objectKey, object };
}

export function findRecord(bus: Bus, uid: string): Promise<LocatedFileRecord | undefined> {
  return ifMissing(askMetadata(bus, GetFile, { uid, caller: serviceCaller }));
}

/** Where its bytes belong, whatever else a record says: a repair moves what lies there. */
export function localPathOf(uid: string, record: LocatedFileRecord | undefined): string {
  const path = record?.local_path;
  return path && isPlaceOf(uid, path) ? path : layout.file(uid);
}

export function objectKeyOf(store: ObjectStore, uid: string, record: LocatedFileRecord | undefined): string {
  const path = record?.cloud_path;
  return path && isObjectOf(uid, path) ? store.keyOf(path) : store.keyFor(uid);
}

/** Of a deleted file nothing is expected any more. */
export function expectedOf(record: LocatedFileRecord): Expected | undefined {
  if (record.status === 'deleted') return undefined;
  const { sha256, size_bytes: sizeBytes, uid } = record;
  return { uid, sizeBytes, sha256, isReplaced: isReplaced(record) };
}

/** An attachment that failed its first reading: cloud-sync has said so, and given up. */
export function isReplaced({ sha256, sync_error: error }: LocatedFileRecord): boolean {
  return sha256 === null && error !== null && error.startsWith('digest_mismatch:');
}
