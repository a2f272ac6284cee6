import { type RepairAction, RestorePlaces } from '@wharf/contracts';
import { callRpc } from '@wharf/messaging';
import { AppError, hasCode } from '@wharf/service-kit';
import { layout, readReport } from '@wharf/volume';
import { reasonOf, requireOngoing } from '../sweeps/run-sweep.js';
import type { Audit } from './audit.js';
import { AuditReport } from './audit-report.js';

export interface UndoOutcome {
  undone: number;
  /** Actions that an earlier undo had taken back. */
  undoneBefore: number;
  /** One line each: what stays as the repair left it, and why. */
  impossible: string[];
}

type Undo = Pick<Audit, 'bus' | 'store' | 'volume' | 'signal'> & { runId: string };

/**
 * Takes back what a run did, last action first: bytes come back from quarantine, records get back the places that they had. Each
 * action that is undone is noted in the report, so an undo that was cut off goes on where it stopped, and a second one changes
 * nothing. Memory grows with the number of actions, not with that of files.
 * Throws `audit_not_found` for a run that left no report, `unavailable` when a side is away.
 */
export async function undoAudit(undo: Undo): Promise<UndoOutcome> {
  const { runId, signal, volume } = undo;
  const { actions, undoneBefore } = await readActions(undo);
  const outcome: UndoOutcome = { undone: 0, undoneBefore, impossible: [] };
  const report = await AuditReport.open(volume, runId);
  try {
    for (const { action, number } of actions.reverse()) {
      requireOngoing(signal);
      try {
        await undoAction(undo, action);
        await report.markUndone(number);
        outcome.undone++;
      } catch (error) {
        if (hasCode(error, 'unavailable')) throw error;
        const detail = `${action.step} of ${subjectOf(action)} cannot be undone: ${reasonOf(error)}`;
        outcome.impossible.push(detail);
        await report.write({ kind: 'problem', at: new Date().toISOString(), detail });
      }
    }
  } finally {
    await report.close();
  }
  return outcome;
}

async function readActions({ runId, volume }: Undo) {
  const actions = new Map<number, RepairAction>();
  let undoneBefore = 0;
  for await (const entry of readReport(volume, runId)) {
    // What was lost was only told.
    if (entry.kind === 'action' && entry.action.step !== 'announce_lost') actions.set(entry.number, entry.action);
    if (entry.kind === 'undone' && actions.delete(entry.number)) undoneBefore++;
  }
  return { actions: [...actions].map(([number, action]) => ({ number, action })), undoneBefore };
}

async function undoAction(undo: Undo, action: RepairAction): Promise<void> {
  switch (action.step) {
    case 'quarantine_local':
      return moveBack(() => undo.volume.move(action.to, action.from));
    case 'quarantine_object':
      return moveBack(() => undo.store.move(action.to, action.from));
    case 'announce_stored':
      return undoAnnouncement(undo, action);
    case 'announce_purged':
      return restore(undo, action);
    case 'announce_lost':
      return;
    case 'abort_upload':
      throw new AppError('conflict', 'what an aborted upload had sent is gone');
  }
}

/** An action that stands in the report may never have been taken: then there is nothing in quarantine, and nothing at its place. */
async function moveBack(move: () => Promise<void>): Promise<void> {
  try {
    await move();
  } catch (error) {
    if (!hasCode(error, 'file_not_found')) throw error;
    throw new AppError('file_not_found', 'it is neither in quarantine nor at its old place', { cause: error });
  }
}

/** An object that came of the announcement is set aside; but never one that is all there is of a file. */
async function undoAnnouncement(undo: Undo, action: Extract<RepairAction, { step: 'announce_stored' }>): Promise<void> {
  const { runId, store, volume } = undo;
  if (action.places === null) throw new AppError('conflict', 'a record that was made stays');
  if (!action.has_object) {
    const localBytes = action.local_path === null ? undefined : await volume.sizeOf(action.local_path);
    if (localBytes !== action.size_bytes) {
      throw new AppError('conflict', 'its local copy was freed since: the object is all there is of it');
    }
    await store.move(action.object_key, layout.quarantined(`${runId}.undone`, action.object_key)).catch((error) => {
      // Not copied yet, or set aside by an undo that was cut off.
      if (!hasCode(error, 'file_not_found')) throw error;
    });
  }
  await restore(undo, action);
}

async function restore(
  { bus }: Undo,
  { places, uid }: Extract<RepairAction, { step: 'announce_stored' | 'announce_purged' }>,
): Promise<void> {
  if (places === null) throw new AppError('conflict', 'a record that was made stays');
  await callRpc(bus, RestorePlaces, { uid, places });
}

function subjectOf(action: RepairAction): string {
  if ('uid' in action) return action.uid;
  return 'from' in action ? action.from : action.key;
}
