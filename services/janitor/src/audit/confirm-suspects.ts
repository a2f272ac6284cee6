import type { AuditClass, EventOf, FileStored, LocatedFileRecord } from '@wharf/contracts';
import { hasCode } from '@wharf/service-kit';
import { forEachSideBySide } from '../sweeps/for-each-side-by-side.js';
import { reasonOf, requireOngoing } from '../sweeps/run-sweep.js';
import { type Audit, auditWidth, type Finding } from './audit.js';
import { confirmStray } from './confirm-strays.js';
import { confirmUnfinished } from './confirm-unfinished.js';
import { examineFile, findRecord } from './examine-file.js';
import { findAnnouncements } from './find-announcements.js';
import { judgeFile } from './judge-file.js';
import { planRepair, type Step } from './plan-repair.js';
import type { Side, Suspicion } from './suspects.js';

/** What turned out to be true, and what makes it right. */
export interface ConfirmedCase {
  findings: Finding[];
  steps: Step[];
  /** As it was when the steps were planned. */
  record?: LocatedFileRecord | undefined;
}

/**
 * Asks all sides once more about each suspicion, reading the bytes: what is not true any more was a moment in something's
 * life. What cannot be judged is a problem of the audit and not a finding; only `unavailable` ends it.
 */
export async function confirmSuspects(audit: Audit, batch: readonly Suspicion[]): Promise<ConfirmedCase[]> {
  const confirmed: ConfirmedCase[] = [];
  const sides = new Map<string, Set<Side>>();
  for (const each of batch) {
    if (each.kind === 'file') sides.set(each.uid, (sides.get(each.uid) ?? new Set()).add(each.side));
  }
  const announced = await findAnnouncements(audit.bus, await unrecordedOf(audit, [...sides.keys()]));
  await sideBySide(audit, sides, async ([uid, seenFrom]) => {
    const found = await confirmFile(audit, { uid, seenFrom, announced: announced.get(uid) });
    if (found) confirmed.push(found);
  });
  await sideBySide(audit, batch, async (suspicion) => {
    if (suspicion.kind !== 'stray_file' && suspicion.kind !== 'stray_object') return;
    const found = await confirmStray(audit, suspicion);
    if (found) confirmed.push(found);
  });
  return [...confirmed, ...(await confirmUnfinished(audit, batch))];
}

async function unrecordedOf(audit: Audit, uids: string[]): Promise<string[]> {
  const unrecorded: string[] = [];
  await sideBySide(audit, uids, async (uid) => {
    if (!(await findRecord(audit.bus, uid))) unrecorded.push(uid);
  });
  return unrecorded;
}

async function confirmFile(
  audit: Audit,
  suspect: { uid: string; seenFrom: Set<Side>; announced: EventOf<typeof FileStored> | undefined },
): Promise<ConfirmedCase | undefined> {
  const { announced, seenFrom, uid } = suspect;
  const expected = announced && { uid, sizeBytes: announced.data.size_bytes, sha256: announced.data.sha256 };
  const file = await examineFile(audit, uid, expected);
  const findings = judgeFile(file, audit.cutoff).filter((finding) => seenFrom.has(sideOf(finding.class)));
  return findings.length === 0 ? undefined : { findings, steps: planRepair(file, announced), record: file.record };
}

/** From where a walk sees something of this class. */
function sideOf(name: AuditClass): Side {
  if (name === 'local_unrecorded') return 'volume';
  return name === 'object_unrecorded' ? 'store' : 'records';
}

async function sideBySide<Item>(
  audit: Audit,
  items: Iterable<Item>,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const each = (async function* () {
    yield* items;
  })();
  await forEachSideBySide(each, auditWidth, async (item) => {
    requireOngoing(audit.signal);
    try {
      await work(item);
    } catch (error) {
      if (hasCode(error, 'unavailable')) throw error;
      audit.logger.warn({ error, item }, 'something cannot be judged');
      audit.tally.addProblem(`${JSON.stringify(item)} cannot be judged: ${reasonOf(error)}`);
    }
  });
}
