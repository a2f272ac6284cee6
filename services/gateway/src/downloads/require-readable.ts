import { type Caller, type LocatedFileRecord, mayRead } from '@wharf/contracts';
import { AppError } from '@wharf/service-kit';

/**
 * The gate before all bytes, of a kept record and a new one, of every copy and every way to send it. Throws `file_not_found` for a caller who may
 * not read the file, and what a reader is told of one that is no longer served: `file_deleted`, `file_expired`, `downloads_exhausted`,
 * `infected`.
 */
export function requireReadable(record: LocatedFileRecord, caller: Caller): void {
  requireVisible(record, caller);
  if (record.status === 'quarantined') throw new AppError('infected', 'this file is infected and not served');
  if (record.status === 'deleted') throw endedBy(record);
  if (record.expires_at !== null && Date.parse(record.expires_at) <= Date.now()) throw expired();
}

/** Whether served or not. Throws `file_not_found`, in the words of metadata for a file that is not there. */
export function requireVisible(record: LocatedFileRecord, caller: Caller): void {
  if (!mayRead(record, caller)) throw new AppError('file_not_found', `no file ${record.uid} is recorded`);
}

/** Throws `downloads_exhausted` where no permitted download is left. For answers that take none; else the download lease decides. */
export function requireDownloadsLeft(...limited: { max_downloads: number | null; download_count: number }[]): void {
  const isUsedUp = limited.some(({ max_downloads: max, download_count: count }) => max !== null && count >= max);
  if (isUsedUp) throw new AppError('downloads_exhausted', 'the last permitted download is over');
}

function endedBy(record: LocatedFileRecord): AppError {
  switch (record.deleted_reason) {
    case 'expired':
      return expired();
    case 'downloads_exhausted':
      return new AppError('downloads_exhausted', 'this file had its last permitted download');
    default:
      return new AppError('file_deleted', 'this file was deleted');
  }
}

function expired(): AppError {
  return new AppError('file_expired', 'this file has expired');
}
