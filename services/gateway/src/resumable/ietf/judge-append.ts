import type { UploadEntry } from '../upload-entry.js';
import { completedUpload, inconsistentLength, mismatchingOffset } from './protocol.js';

export interface Append {
  offset: number;
  /** Of the whole upload, as the client says. */
  length: number | undefined;
  /** Of this body; undefined where it is chunked. */
  bytes: number | undefined;
  isLast: boolean;
}

/** The length of the whole upload as far as a request tells it, in one way or the other. Throws `invalid_request` where the two differ. */
export function lengthOf({ bytes, isLast, length, offset }: Append): number | undefined {
  const implied = isLast && bytes !== undefined ? offset + bytes : undefined;
  if (implied !== undefined && length !== undefined && implied !== length)
    throw inconsistentLength(`the last bytes end at ${implied}, and the upload has ${length}`);
  return length ?? implied;
}

/**
 * Refuses, before anything is read, what does not fit what is there, in the words of the draft. Throws `offset_mismatch`, `invalid_request`.
 */
export function judgeAppend(entry: UploadEntry, append: Append): number | undefined {
  const { bytes, offset } = append;
  if (offset !== entry.offset) throw mismatchingOffset(entry.offset, offset);
  // The last answer may be asked for again, by a request like the one that it answered, or without a body.
  if (entry.state !== 'open' && bytes !== 0) throw completedUpload();
  const length = lengthOf(append);
  if (length !== undefined && entry.length !== null && length !== entry.length)
    throw inconsistentLength(`this upload has a length already: ${entry.length}`);
  const known = entry.length ?? length;
  if (known !== undefined && known !== null && offset + (bytes ?? 0) > known)
    throw inconsistentLength(`these bytes end behind ${known}, which is the length of the upload`);
  return length;
}
