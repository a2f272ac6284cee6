import type { IncomingMessage } from 'node:http';
import { AppError } from '@wharf/service-kit';
import { fileTooLarge } from '@wharf/volume';
import type { Gateway } from '../gateway.js';
import type { StatedDigests } from '../uploads/stated-digests.js';
import type { Checksum } from './receive-piece.js';
import type { UploadEntry } from './upload-entry.js';

export interface Piece {
  request: IncomingMessage;
  /** Where the client believes that the upload is. */
  offset: number;
  /** Of the whole upload, where the client says it with this piece. */
  length: number | undefined;
  /** Of this piece. */
  checksum: Checksum | undefined;
  /** The same by other headers (RFC 9530, RFC 1864). */
  digests?: StatedDigests;
  /** Whether it is the last one, where the client says so; it is so only if the whole body arrives. */
  isLast?: boolean | undefined;
  /** Told of each offset that is durable while the body arrives. */
  onProgress?: (offset: number) => void;
}

/** A client sends more than it has said. */
export class LengthExceeded extends AppError {
  constructor(length: number) {
    super('file_too_large', `this upload has ${length} bytes at most, as its client said`);
  }
}

/** The length of the upload, as it is known with this piece. Throws what refuses the piece before it is read. */
export function judgePiece(
  { config }: Gateway,
  entry: UploadEntry,
  { length: stated, offset, request }: Piece,
): number | null {
  if (entry.kind === 'final') throw new AppError('forbidden', 'an upload that is joined from others takes no bytes');
  const bytes = bodyOf(request);
  if (config.maxAppendBytes !== undefined && (bytes ?? 0) > config.maxAppendBytes)
    throw pieceTooLarge(config.maxAppendBytes);
  if (entry.length !== null && stated !== undefined && stated !== entry.length)
    throw new AppError('invalid_request', `this upload has a length already: ${entry.length}`);
  if (offset !== entry.offset)
    throw new AppError('offset_mismatch', `this upload is at ${entry.offset}, and not at ${offset}`);
  // It takes no bytes any more, whether or not their number is told.
  if (entry.state !== 'open' && bytes !== 0) throw fileTooLarge(entry.offset);
  const length = entry.length ?? stated ?? null;
  if (length !== null && length > config.maxFileSizeBytes) throw fileTooLarge(config.maxFileSizeBytes);
  if (length !== null && length < offset)
    throw new AppError('invalid_request', `this upload has ${offset} bytes already, more than ${length}`);
  requireWithin(offset + (bytes ?? 0), { length, maxFileSizeBytes: config.maxFileSizeBytes });
  return length;
}

/** Throws `file_too_large` for an end beyond the length of the upload, or of any. */
export function requireWithin(end: number, limits: { length: number | null; maxFileSizeBytes: number }): void {
  const { length, maxFileSizeBytes } = limits;
  if (length !== null && end > length) throw new LengthExceeded(length);
  if (end > maxFileSizeBytes) throw fileTooLarge(maxFileSizeBytes);
}

/** Bytes of a body; undefined where it is chunked. */
export function bodyOf({ headers }: IncomingMessage): number | undefined {
  if (headers['transfer-encoding'] !== undefined) return undefined;
  return Number(headers['content-length'] ?? 0);
}

export function pieceTooLarge(maxBytes: number): AppError {
  return new AppError('file_too_large', `one request may append at most ${maxBytes} bytes`);
}
