import { setTimeout as delay } from 'node:timers/promises';
import { type AuditOutcome, auditLease } from '../audit/audit.js';
import { settleSuspects } from '../audit/settle-suspects.js';
import { withReport } from '../audit/with-report.js';
import type { Janitor } from '../janitor.js';
import { requireOngoing, type SweepTally } from '../sweeps/run-sweep.js';
import { whileLeading } from '../sweeps/while-leading.js';
import type { Scrub } from './scrub-files.js';

const restMs = 5_000;

/**
 * Does about these files what an audit of them would do, with a report by which it can be undone: looks at them once more, repairs one
 * copy from the other, and tells what is lost. Of a lost file nothing stays that could be served. Waits for an audit that runs.
 */
export async function repairFiles(janitor: Janitor, scrub: Scrub, uids: readonly string[]): Promise<void> {
  const { pace, signal, tally } = scrub;
  const options = { isRepairing: true, isWithholding: true, digestSample: 1, graceMs: janitor.config.auditGraceMs };
  const suspects = uids.map((uid) => ({ kind: 'file' as const, uid, side: 'records' as const }));
  let outcome: AuditOutcome | undefined;
  while (!outcome) {
    await whileLeading(janitor, auditLease, signal, async (leading) => {
      outcome = await withReport(janitor, { options, signal: leading, onRead: pace.onRead }, (audit) =>
        settleSuspects(audit, suspects),
      );
    });
    if (!outcome) await delay(restMs, undefined, { signal }).catch(() => requireOngoing(signal));
  }
  tell(janitor, tally, outcome);
}

function tell({ logger, scrubMetrics }: Janitor, tally: SweepTally, { report, tally: found }: AuditOutcome): void {
  for (const problem of found.problems) tally.addError(problem);
  const { findings, foundTotal, lost, repaired, repairedTotal } = found;
  // It was a moment in the life of a file.
  if (foundTotal === 0) return;
  logger.warn({ report, findings, repaired, lost }, 'copies of files have changed');
  scrubMetrics.files('bad', foundTotal);
  scrubMetrics.files('repaired', repairedTotal);
  scrubMetrics.files('lost', lost);
  tally.acted += repairedTotal;
  if (lost > 0) tally.addError(`${lost} files have no good copy: ${report}`);
  const left = foundTotal - repairedTotal;
  if (lost === 0 && left > 0) tally.addError(`${left} findings are left: ${report}`);
}
