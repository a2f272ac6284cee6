import { AuditCompleted } from '@wharf/contracts';
import { emit } from '@wharf/messaging';
import { serviceName } from '../janitor.js';
import type { AuditOptions, AuditOutcome } from './audit.js';
import { compareRecords } from './compare-records.js';
import { compareStore } from './compare-store.js';
import { compareVolume } from './compare-volume.js';
import { settleSuspects } from './settle-suspects.js';
import { Suspects } from './suspects.js';
import { type AuditTools, withReport } from './with-report.js';

/**
 * Compares records, volume and store, reports where they disagree, and makes them agree if that was asked for.
 * Throws `unavailable` when one of them is away or `signal` aborts: what was found until then stands in the report.
 */
export async function runAudit(tools: AuditTools, options: AuditOptions, signal: AbortSignal): Promise<AuditOutcome> {
  const outcome = await withReport(tools, { options, signal }, async (audit) => {
    const suspects = new Suspects((batch) => settleSuspects(audit, batch));
    for (const compare of [compareRecords, compareVolume, compareStore]) await compare(audit, suspects);
    await suspects.flush();
  });
  await announce(tools, outcome);
  return outcome;
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
