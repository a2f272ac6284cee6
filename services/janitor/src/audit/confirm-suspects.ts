import type { AuditClass, EventOf, FileStored } from '@wharf/contracts';
import { forEachConcurrently } from '@wharf/service-kit';
import { type Audit, auditWidth } from './audit.js';
import { confirmStray } from './confirm-strays.js';
import { confirmUnfinished } from './confirm-unfinished.js';
import type { ConfirmedCase } from './confirmed-case.js';
import { examineFile, findRecord } from './examine-file.js';
import { findAnnouncements } from './find-announcements.js';
import { judgeFile } from './judge-file.js';
import { planRepair } from './plan-repair.js';
import { skipUnjudgeable } from './skip-unjudgeable.js';
import type { Side, Suspicion } from './suspects.js';

/**
 * Asks all sides once more about each suspicion, reading the bytes: what is not true any more was a moment in something's
 * life.
 */
export async function confirmSuspects(audit: Audit, batch: readonly Suspicion[]): Promise<ConfirmedCase[]> {
  const confirmed: ConfirmedCase[] = [];
  const sides = new Map<string, Set<Side>>();
  for (const each of batch) {
    if (each.kind === 'file') sides.set(each.uid, (sides.get(each.uid) ?? new Set()).add(each.side));
  }
  const unrecorded = await forgetPromised(audit, sides);
  const announced = await findAnnouncements(audit.bus, unrecorded);
  const ofFile = ([uid]: [string, Set<Side>]) => uid;
  await sideBySide(audit, sides, ofFile, async ([uid, seenFrom]) => {
    const found = await confirmFile(audit, { uid, seenFrom, announced: announced.get(uid) });
    if (found) confirmed.push(found);
  });
  const strays = batch.filter((each) => each.kind === 'stray_file' || each.kind === 'stray_object');
  await sideBySide(
    audit,
    strays,
    ({ place }) => place,
    async (stray) => {
      const found = await confirmStray(audit, stray);
      if (found) confirmed.push(found);
    },
  );
  return [...confirmed, ...(await confirmUnfinished(audit, batch))];
}

/**
 * Leaves out files that a gateway's journal speaks of: they were promised to a client while NATS was away, and are announced
 * when it is back, however old they are by then. Gives the other ones without a record. The journal is asked before the stream:
 * an entry goes only after its event is stored, so what is in neither was never announced.
 */
async function forgetPromised(audit: Audit, sides: Map<string, Set<Side>>): Promise<string[]> {
  const unrecorded: string[] = [];
  await sideBySide(
    audit,
    [...sides.keys()],
    (uid) => uid,
    async (uid) => {
      if (await findRecord(audit.bus, uid)) return;
      if (await audit.volume.journal.has(uid)) sides.delete(uid);
      else unrecorded.push(uid);
    },
  );
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
  if (findings.length === 0) return undefined;
  const isWithholding = audit.options.isWithholding === true;
  return { findings, steps: planRepair(file, { announced, isWithholding }), record: file.record };
}

/** From where a walk sees something of this class. */
function sideOf(name: AuditClass): Side {
  if (name === 'local_unrecorded') return 'volume';
  return name === 'object_unrecorded' ? 'store' : 'records';
}

async function sideBySide<Item>(
  audit: Audit,
  items: Iterable<Item>,
  place: (item: Item) => string,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  await forEachConcurrently(items, auditWidth, (item) => skipUnjudgeable(audit, place(item), () => work(item)));
}
