import type { LocatedFileRecord } from '@wharf/contracts';
import { forEachConcurrently } from '@wharf/service-kit';
import { uidOfFile } from '@wharf/volume';
import { requireOngoing } from '../sweeps/run-sweep.js';
import { type Audit, ageToJudge, auditWidth } from './audit.js';
import { findRecord } from './examine-file.js';
import type { Suspects } from './suspects.js';

/** Holds every object against its record, one request an object, and looks for uploads that nobody finishes. */
export async function compareStore(audit: Audit, suspects: Suspects): Promise<void> {
  const { bus, cutoff, options, signal, store, tally } = audit;
  await forEachConcurrently(store.list(), auditWidth, async ({ key, modifiedAt }) => {
    requireOngoing(signal);
    if (tally.examined++ % 1000 === 0) options.onProgress?.(tally);
    if (modifiedAt > cutoff) return;
    const uid = uidOfFile(key);
    const record = uid ? await findRecord(bus, uid) : undefined;
    if (record && isOf(audit, record, key)) return;
    const isInPlace = uid !== undefined && key === store.keyFor(uid);
    await suspects.add(isInPlace ? { kind: 'file', uid, side: 'store' } : { kind: 'stray_object', place: key });
  });
  for await (const upload of store.unfinishedUploads(ageToJudge(audit))) {
    requireOngoing(signal);
    await suspects.add({ kind: 'upload', upload });
  }
}

/** An object whose record does not know it yet is a copy that is about to be recorded, or a file that is stuck. */
function isOf({ store }: Audit, record: LocatedFileRecord, key: string): boolean {
  if (record.status === 'deleted') return false;
  if (record.cloud_path !== null) return store.pathOf(key) === record.cloud_path;
  return key === store.keyFor(record.uid) || key === store.formerKeyFor?.(record.uid);
}
