import { forEachConcurrently } from '@wharf/service-kit';
import { findLeftovers, layout, uidOfFile, walkFiles } from '@wharf/volume';
import { requireOngoing } from '../sweeps/run-sweep.js';
import { type Audit, ageToJudge, auditWidth } from './audit.js';
import { findRecord } from './examine-file.js';
import type { Suspects } from './suspects.js';

/** Holds every file on the volume against its record, one request a file, and looks for staged files that nobody finishes. */
export async function compareVolume(audit: Audit, suspects: Suspects): Promise<void> {
  const { bus, cutoff, options, signal, tally, volume } = audit;
  await forEachConcurrently(walkFiles(volume), auditWidth, async ({ changedAt, localPath }) => {
    requireOngoing(signal);
    if (tally.examined++ % 1000 === 0) options.onProgress?.(tally);
    if (changedAt > cutoff) return;
    const uid = uidOfFile(localPath);
    if (uid && (await findRecord(bus, uid))?.local_path === localPath) return;
    const isInPlace = uid !== undefined && localPath === layout.file(uid);
    await suspects.add(isInPlace ? { kind: 'file', uid, side: 'volume' } : { kind: 'stray_file', place: localPath });
  });
  for await (const { localPath } of findLeftovers(volume, ageToJudge(audit))) {
    requireOngoing(signal);
    await suspects.add({ kind: 'staged_file', localPath });
  }
}
