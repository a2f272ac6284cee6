import type { DeletedReason, FileStatus } from '@wharf/contracts';
import { AppError } from '@wharf/service-kit';

/** As `servedStateColumns` are read from a row of `files`. */
export interface ServedState {
  status: FileStatus;
  deleted_reason: DeletedReason | null;
  is_expired: boolean;
}

/** Expiry is judged by the clock of the database, which all replicas share. */
export const servedStateColumns =
  'file.status, file.deleted_reason, coalesce(file.expires_at <= now(), false) as is_expired';

/** Throws why a file is served no more: `infected`, `file_expired`, `downloads_exhausted`, `file_deleted`. */
export function refuseEndedFile(state: ServedState): void {
  if (state.status === 'quarantined') throw new AppError('infected', 'this file is infected and not served');
  if (state.status === 'deleted') throw endedBy(state.deleted_reason);
  if (state.is_expired) throw expired();
}

export function exhausted(): AppError {
  return new AppError('downloads_exhausted', 'every permitted download was used');
}

function endedBy(reason: DeletedReason | null): AppError {
  if (reason === 'expired') return expired();
  if (reason === 'downloads_exhausted') return exhausted();
  return new AppError('file_deleted', 'this file was deleted');
}

function expired(): AppError {
  return new AppError('file_expired', 'this file has expired');
}
