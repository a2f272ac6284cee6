import { findLeftovers, uidOfFile } from '@wharf/volume';
import { type Audit, ageToJudge } from './audit.js';
import type { ConfirmedCase } from './confirmed-case.js';
import type { Suspicion } from './suspects.js';

/** Parts and uploads that are still there and still nobody's: there are few, so both are looked through once more. */
export async function confirmUnfinished(audit: Audit, batch: readonly Suspicion[]): Promise<ConfirmedCase[]> {
  const stagedFiles = batch.filter((each) => each.kind === 'staged_file').map((each) => each.localPath);
  const uploads = batch.filter((each) => each.kind === 'upload').map((each) => each.upload.uploadId);
  const confirmed: ConfirmedCase[] = [];
  if (stagedFiles.length > 0) confirmed.push(...(await confirmStagedFiles(audit, new Set(stagedFiles))));
  if (uploads.length > 0) confirmed.push(...(await confirmUploads(audit, new Set(uploads))));
  return confirmed;
}

async function confirmStagedFiles(audit: Audit, suspected: Set<string>): Promise<ConfirmedCase[]> {
  const confirmed: ConfirmedCase[] = [];
  for await (const { localPath: place, sizeBytes } of findLeftovers(audit.volume, ageToJudge(audit))) {
    if (!suspected.has(place)) continue;
    const detail = `${sizeBytes} bytes that nobody adds to`;
    const uid = uidOfFile(place.replace(/\.part$/, '')) ?? null;
    confirmed.push({
      findings: [{ class: 'stale_part', uid, place, detail }],
      steps: [{ step: 'quarantine_local', from: place }],
    });
  }
  return confirmed;
}

async function confirmUploads(audit: Audit, suspected: Set<string>): Promise<ConfirmedCase[]> {
  const confirmed: ConfirmedCase[] = [];
  for await (const { key, touchedAt, uploadId } of audit.store.unfinishedUploads(ageToJudge(audit))) {
    if (!suspected.has(uploadId)) continue;
    const detail = `upload ${uploadId}, untouched since ${touchedAt.toISOString()}; an abort cannot be undone`;
    confirmed.push({
      findings: [{ class: 'abandoned_multipart', uid: uidOfFile(key) ?? null, place: key, detail }],
      steps: [{ step: 'abort_upload', key, uploadId }],
    });
  }
  return confirmed;
}
