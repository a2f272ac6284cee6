import { FileSort, Timestamp, Uid } from '@wharf/contracts';
import { AppError } from '@wharf/service-kit';
import { z } from 'zod';

/** The last file of a page: where the next one continues. */
export interface Position {
  /** Of the column that is sorted by. */
  value: string | number;
  uid: string;
}

const Cursor = z.union([
  z.tuple([FileSort.extract(['created_at', '-created_at']), Timestamp, Uid]),
  z.tuple([FileSort.extract(['size_bytes', '-size_bytes']), z.int().nonnegative(), Uid]),
]);

export function encodeCursor(sort: FileSort, { value, uid }: Position): string {
  return Buffer.from(JSON.stringify([sort, value, uid])).toString('base64url');
}

/** Throws `invalid_request` for a cursor of another sort, or one that is none of ours. */
export function decodeCursor(sort: FileSort, cursor: string): Position {
  const parsed = Cursor.safeParse(parse(cursor));
  if (!parsed.success) throw new AppError('invalid_request', 'not a cursor of this list');
  const [itsSort, value, uid] = parsed.data;
  if (itsSort !== sort) throw new AppError('invalid_request', `a cursor of a list sorted by ${itsSort}`);
  return { value, uid };
}

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    return undefined;
  }
}
