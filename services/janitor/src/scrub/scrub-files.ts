import { ListRecords, type LocatedFileRecord } from '@wharf/contracts';
import { forEachConcurrently, hasCode } from '@wharf/service-kit';
import type { Volume } from '@wharf/volume';
import { askMetadata } from '../audit/ask-metadata.js';
import { looksGood } from '../audit/compare-records.js';
import { isReplaced } from '../audit/examine-file.js';
import { changeOf } from '../audit/judge-file.js';
import type { Janitor } from '../janitor.js';
import { reasonOf, requireOngoing, type SweepTally } from '../sweeps/run-sweep.js';
import { ReadingPace } from './reading-pace.js';
import { repairFiles } from './repair-files.js';
import { ScrubPosition } from './scrub-position.js';

/** Files that are read at once. */
const width = 4;
const pageSize = 100;
/** After so much the position is saved: what is read again after a restart. */
const stepBytes = 256 * 1024 * 1024;
/** A few percent of a disk and of a core. A day's share that would take longer than a quarter of the day is read faster. */
const leastBytesPerSecond = 16 * 1024 * 1024;
const longestRunSeconds = 6 * 3600;

export interface Scrub {
  volume: Volume;
  pace: ReadingPace;
  tally: SweepTally;
  signal: AbortSignal;
}

/**
 * Reads copies of files again, from where the last run ended, until the bytes of the day are used up or the last file is reached;
 * what has changed is repaired from the other copy, or told as lost. Files are taken by uid, whose order is that of time.
 * Throws `unavailable` when a side is away or `signal` aborts: the files since the last step are read once more then.
 */
export async function scrubFiles(janitor: Janitor, tally: SweepTally, signal: AbortSignal): Promise<void> {
  const { bus, config, scrubMetrics, store } = janitor;
  const position = await ScrubPosition.open(bus, config.scrubBytesPerDay);
  const volume = await janitor.openVolume();
  await Promise.all([volume.probe(), store.probe()]);
  const rate = Math.max(leastBytesPerSecond, config.scrubBytesPerDay / longestRunSeconds);
  while (position.leftBytes > 0) {
    requireOngoing(signal);
    const { files } = await askMetadata(bus, ListRecords, { after: position.after, limit: pageSize });
    const step = takeStep(files, Math.min(stepBytes, position.leftBytes));
    const last = step.at(-1);
    if (!last) {
      scrubMetrics.passed(position.passStartedAt);
      return position.beginPass();
    }
    const pace = new ReadingPace(rate, signal);
    try {
      await scrubStep(janitor, { volume, pace, tally, signal }, step);
    } catch (error) {
      scrubMetrics.read(pace.readBytes);
      await position.save(pace.readBytes).catch(() => undefined);
      throw error;
    }
    scrubMetrics.read(pace.readBytes);
    await position.save(pace.readBytes, last.uid);
  }
}

/** As many files as have so many bytes, and one at least. */
function takeStep(files: readonly LocatedFileRecord[], mostBytes: number): LocatedFileRecord[] {
  let bytes = 0;
  const end = files.findIndex((file) => {
    bytes += bytesOfCopies(file);
    return bytes >= mostBytes;
  });
  return end === -1 ? [...files] : files.slice(0, end + 1);
}

function bytesOfCopies(file: LocatedFileRecord): number {
  if (file.status === 'deleted') return 0;
  return file.size_bytes * (Number(file.local_path !== null) + Number(file.cloud_path !== null));
}

async function scrubStep(janitor: Janitor, scrub: Scrub, step: readonly LocatedFileRecord[]): Promise<void> {
  const { pace, signal, tally, volume } = scrub;
  const cutoff = new Date(Date.now() - janitor.config.auditGraceMs);
  const suspects: string[] = [];
  await forEachConcurrently(step, width, async (record) => {
    requireOngoing(signal);
    if (record.status === 'deleted' || changeOf(record) > cutoff) return;
    // An attachment whose bytes nobody has read yet has no digest to compare with.
    if (record.sha256 === null && !isReplaced(record)) return;
    tally.examined++;
    try {
      const isGood = await looksGood({ store: janitor.store, volume }, record, { isRead: true, onRead: pace.onRead });
      if (isGood) janitor.scrubMetrics.files('good', 1);
      else suspects.push(record.uid);
    } catch (error) {
      if (hasCode(error, 'unavailable')) throw error;
      janitor.scrubMetrics.files('unjudged', 1);
      janitor.logger.warn({ error, uid: record.uid }, 'a file cannot be scrubbed');
      tally.addError(`${record.uid} cannot be read: ${reasonOf(error)}`);
    }
  });
  if (suspects.length > 0) await repairFiles(janitor, scrub, suspects);
}
