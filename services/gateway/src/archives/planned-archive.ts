import type { Caller, LocatedFileRecord } from '@wharf/contracts';
import { AppError } from '@wharf/service-kit';
import { requireDownloadsLeft, requireReadable } from '../downloads/require-readable.js';
import type { Gateway } from '../gateway.js';
import { entryNames } from './entry-names.js';
import { readRecords } from './read-records.js';
import type { ZipEntry } from './zip/zip-entry.js';

/** A file that is going to be sent within an archive. */
export interface PlannedFile extends ZipEntry {
  uid: string;
  /** Whether it takes a download lease. */
  isLimited: boolean;
}

export interface WantedFiles {
  uids: readonly string[];
  /** Who may read the given ones among them. */
  callerOf(uids: readonly string[]): Caller;
}

/**
 * The files of an archive under the names that they have in it. All of them can be read, each as by itself: throws what a download of one of them
 * would, such as `file_not_found` and `file_deleted`.
 */
export async function planArchive(gateway: Pick<Gateway, 'bus'>, wanted: WantedFiles): Promise<PlannedFile[]> {
  const files: PlannedFile[] = [];
  for await (const record of readRecords(gateway, wanted)) {
    requireAvailable(record, wanted.callerOf([record.uid]));
    files.push(plannedFile(record));
  }
  const names = entryNames(files.map(({ name }) => name));
  return files.map((file, index) => ({ ...file, name: names[index] as string }));
}

function plannedFile(record: LocatedFileRecord): PlannedFile {
  return {
    uid: record.uid,
    name: record.original_name,
    sizeBytes: record.size_bytes,
    modifiedAtMs: Date.parse(record.created_at),
    isLimited: record.max_downloads !== null,
  };
}

/** Of many it is said which one. */
function requireAvailable(record: LocatedFileRecord, caller: Caller): void {
  try {
    requireReadable(record, caller);
    requireDownloadsLeft(record);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw new AppError(error.code, error.message, { fields: [{ path: 'uid', message: record.uid }] });
  }
}
