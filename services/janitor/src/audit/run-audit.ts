import { randomBytes } from 'node:crypto';
import { AuditCompleted } from '@wharf/contracts';
import { emit } from '@wharf/messaging';
import { type Janitor, serviceName } from '../janitor.js';
import type { Audit, AuditOptions, AuditOutcome } from './audit.js';
import { AuditReport } from './audit-report.js';
import { AuditTally } from './audit-tally.js';
import { compareRecords } from './compare-records.js';
import { compareStore } from './compare-store.js';
import { compareVolume } from './compare-volume.js';
import { settleSuspects } from './settle-suspects.js';
import { Suspects } from './suspects.js';

export type AuditTools = Pick<Janitor, 'bus' | 'store' | 'openVolume' | 'logger'>;

/**
 * Compares records, volume and store, reports where they disagree, and makes them agree if that was asked for.
 * Throws `unavailable` when one of them is away or `signal` aborts: what was found until then stands in the report.
 */
export async function runAudit(tools: AuditTools, options: AuditOptions, signal: AbortSignal): Promise<AuditOutcome> {
  const { bus, logger, store } = tools;
  const volume = await tools.openVolume();
  await Promise.all([volume.probe(), store.probe()]);
  const startedAt = new Date();
  const cutoff = new Date(startedAt.getTime() - options.graceMs);
  const runId = newRunId(startedAt);
  const report = await AuditReport.create(volume, runId);
  const tally = new AuditTally();
  const audit: Audit = { runId, bus, store, volume, logger, options, cutoff, report, tally, signal };
  try {
    const at = startedAt.toISOString();
    await report.write({
      kind: 'started',
      run_id: runId,
      at,
      repair: options.isRepairing,
      cutoff: cutoff.toISOString(),
    });
    const suspects = new Suspects((batch) => settleSuspects(audit, batch));
    for (const compare of [compareRecords, compareVolume, compareStore]) await compare(audit, suspects);
    await suspects.flush();
    const { examined, findings, repaired } = tally;
    await report.write({ kind: 'finished', at: new Date().toISOString(), examined, findings, repaired });
  } finally {
    await report.close();
  }
  const outcome = { runId, report: report.localPath, startedAt, finishedAt: new Date(), tally };
  await announce(tools, outcome);
  return outcome;
}

/** Sorts by time, and is fit for a path and a key. */
function newRunId(startedAt: Date): string {
  return `${startedAt.toISOString().replaceAll(/[:.]/g, '-')}-${randomBytes(3).toString('hex')}`;
}

/** Best effort: what was found stands in the report, and what was done has its own events. */
async function announce({ bus, logger }: AuditTools, outcome: AuditOutcome): Promise<void> {
  const { finishedAt, runId, startedAt, tally } = outcome;
  const { examined, findings, lost, problems, repaired } = tally;
  logger.info({ runId, examined, findings, repaired, lost, problems: problems.length }, 'an audit ended');
  const data = {
    started_at: startedAt.toISOString(),
    finished_at: finishedAt.toISOString(),
    examined,
    findings,
    repaired: tally.repairedTotal,
  };
  try {
    await emit(bus, AuditCompleted, { service: serviceName, subject: 'audit', id: runId, data });
  } catch (error) {
    logger.warn({ error, runId }, 'the outcome of an audit could not be published');
  }
}
