import type { FileRecord, LocatedFileRecord } from '@wharf/contracts';

/** A record without what only services need. */
export function publicRecord({ local_path: _, ...record }: LocatedFileRecord): FileRecord {
  return record;
}
