import type { FileStatus } from '@wharf/contracts';
import { AppError } from '@wharf/service-kit';

/** What can happen to a recorded file. */
export type FileChange = 'synced' | 'purged' | 'deleted' | 'infected';

export const initialStatus: FileStatus = 'stored';

/** Every repeat leads to itself, so that an event delivered twice changes nothing. Deletion is the end. */
const transitions: Record<FileStatus, Partial<Record<FileChange, FileStatus>>> = {
  stored: { synced: 'synced', deleted: 'deleted', infected: 'quarantined' },
  synced: { synced: 'synced', purged: 'archived', deleted: 'deleted' },
  archived: { synced: 'archived', purged: 'archived', deleted: 'deleted' },
  deleted: { synced: 'deleted', purged: 'deleted', deleted: 'deleted', infected: 'deleted' },
  quarantined: { deleted: 'deleted', infected: 'quarantined' },
};

/**
 * The status after a change. Throws `file_not_found` for a purge that overtook the news of the synced copy (events of
 * different subjects are not ordered against each other, so it is delivered again), and `conflict` for a change that
 * this status never takes.
 */
export function nextStatus(status: FileStatus, change: FileChange): FileStatus {
  const next = transitions[status][change];
  if (next) return next;
  if (status === 'stored' && change === 'purged') {
    throw new AppError('file_not_found', 'no synced copy is recorded yet');
  }
  throw new AppError('conflict', `a ${status} file cannot become ${change}`);
}

/**
 * `nextStatus` as an SQL expression, for statements that change many files at once: null for a status that does not take the
 * change, and for a deleted file, where a change means something else.
 */
export function nextStatusInSql(change: FileChange, column: string): string {
  const steps = Object.entries(transitions).filter(([status, next]) => status !== 'deleted' && next[change]);
  return `case ${column} ${steps.map(([status, next]) => `when '${status}' then '${next[change]}'`).join(' ')} end`;
}
