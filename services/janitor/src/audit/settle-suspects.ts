import { setTimeout as delay } from 'node:timers/promises';
import type { AuditClass, LocatedFileRecord } from '@wharf/contracts';
import { AppError, hasCode } from '@wharf/service-kit';
import { reasonOf, requireOngoing } from '../sweeps/run-sweep.js';
import { type Audit, reportProblem } from './audit.js';
import { confirmSuspects } from './confirm-suspects.js';
import type { ConfirmedCase } from './confirmed-case.js';
import type { Finding } from './finding.js';
import type { Step } from './plan-repair.js';
import type { Suspicion } from './suspects.js';
import { takeSteps } from './take-steps.js';

/** A purge, or the news of it, that was under way when its file was looked at is through by then. */
const longestRestMs = 10_000;

/**
 * Confirms a batch of suspicions, reports what is true, and repairs it if that was asked for: all of a batch is reported
 * before any of it is repaired, so that no finding hides behind the repair of another.
 */
export async function settleSuspects(audit: Audit, batch: readonly Suspicion[]): Promise<void> {
  const { options, report, signal, store, tally, volume } = audit;
  await delay(Math.min(options.graceMs, longestRestMs), undefined, { signal }).catch(() => requireOngoing(signal));
  // Everything is missing on a volume that is not mounted.
  await Promise.all([volume.probe(), store.probe()]);
  const cases = await confirmSuspects(audit, batch);
  for (const { findings, steps } of cases) {
    for (const finding of findings) {
      tally.found(finding);
      await report.write({ kind: 'finding', ...finding, remedy: steps.map(({ step }) => step) });
    }
    if (steps.some(({ step }) => step === 'announce_lost')) tally.lost++;
  }
  options.onProgress?.(tally);
  if (!options.isRepairing) return;
  for (const each of cases) {
    requireOngoing(signal);
    await repair(audit, each);
  }
}

async function repair(audit: Audit, each: ConfirmedCase): Promise<void> {
  const { findings, record, steps } = each;
  try {
    if (isDoubtful(audit, each)) throw new AppError('conflict', 'metadata has no record at all: is it the right one?');
    if (!(await takeSteps(audit, steps, record))) return;
    for (const finding of findings) if (isHealed(finding, steps, record)) audit.tally.healed(finding);
  } catch (error) {
    if (hasCode(error, 'unavailable')) throw error;
    audit.logger.warn({ error, findings }, 'a repair failed');
    await reportProblem(audit, `${findings[0]?.place} is not repaired: ${reasonOf(error)}`);
  }
}

/** To an empty database every file is unrecorded: that is a lost or a wrong one far more often than the truth. */
function isDoubtful({ tally }: Audit, { findings, steps }: ConfirmedCase): boolean {
  const isUnrecorded = findings.some((each) => each.class === 'local_unrecorded' || each.class === 'object_unrecorded');
  return tally.records === 0 && isUnrecorded && !steps.some(({ step }) => step === 'announce_stored');
}

const remedies: Record<AuditClass, Step['step']> = {
  local_missing: 'announce_purged',
  object_missing: 'announce_stored',
  local_unrecorded: 'quarantine_local',
  object_unrecorded: 'quarantine_object',
  local_mismatch: 'quarantine_local',
  object_mismatch: 'announce_stored',
  stuck: 'announce_stored',
  stale_part: 'quarantine_local',
  abandoned_multipart: 'abort_upload',
};

function isHealed(finding: Finding, steps: readonly Step[], record: LocatedFileRecord | undefined): boolean {
  const isTaken = (name: Step['step']) => steps.some(({ step }) => step === name);
  if (isTaken('announce_lost')) return false;
  // A file that is recorded again belongs to a record, wherever its bytes are.
  return isTaken(remedies[finding.class]) || (!record && isTaken('announce_stored'));
}
