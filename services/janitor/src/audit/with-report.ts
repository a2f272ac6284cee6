import { randomBytes } from 'node:crypto';
import type { Janitor } from '../janitor.js';
import type { Audit, AuditOutcome } from './audit.js';
import { AuditReport } from './audit-report.js';
import { AuditTally } from './audit-tally.js';

export type AuditTools = Pick<Janitor, 'bus' | 'store' | 'openVolume' | 'logger'>;

/**
 * Does `work` as a run with a report of its own, in which stands whatever it finds and does, by which it can be undone.
 * Throws what `work` throws, and `unavailable` where the volume or the store is away.
 */
export async function withReport(
  tools: AuditTools,
  run: Pick<Audit, 'options' | 'signal' | 'onRead'>,
  work: (audit: Audit) => Promise<void>,
): Promise<AuditOutcome> {
  const { bus, logger, store } = tools;
  const volume = await tools.openVolume();
  await Promise.all([volume.probe(), store.probe()]);
  const startedAt = new Date();
  const cutoff = new Date(startedAt.getTime() - run.options.graceMs);
  const runId = newRunId(startedAt);
  const report = await AuditReport.create(volume, runId);
  const tally = new AuditTally();
  try {
    await report.write({
      kind: 'started',
      run_id: runId,
      at: startedAt.toISOString(),
      repair: run.options.isRepairing,
      cutoff: cutoff.toISOString(),
    });
    run.options.onStarted?.(runId);
    await work({ ...run, runId, bus, store, volume, logger, cutoff, report, tally });
    const { examined, findings, repaired } = tally;
    await report.write({ kind: 'finished', at: new Date().toISOString(), examined, findings, repaired });
  } finally {
    await report.close();
  }
  return { runId, report: report.localPath, startedAt, finishedAt: new Date(), tally };
}

/** Sorts by time, and is fit for a path and a key. */
function newRunId(startedAt: Date): string {
  return `${startedAt.toISOString().replaceAll(/[:.]/g, '-')}-${randomBytes(3).toString('hex')}`;
}
