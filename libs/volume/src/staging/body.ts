import type { Digests } from '../threads/hash-threads.js';

/** Bytes of a file's beginning that are kept for telling its type. */
export const headBytes = 16 * 1024;

/** Space for a body on the volume. */
export interface Reservation {
  /** Before so many bytes are written. What it throws ends the body. */
  reserve(bytes: number): Promise<void>;
  /** After they were written. */
  commit(bytes: number): void;
}

export interface StageOptions {
  /** MD5 as well, for senders that state it. */
  withMd5?: boolean;
  /** The chunks become the staged file's: it frees their memory as soon as they are copied. */
  takesChunks?: boolean;
  /** More fails with `file_too_large`. */
  maxBytes?: number;
  reservation?: Reservation;
}

/** A body that was received whole. */
export interface Staged extends Digests {
  uid: string;
  sizeBytes: number;
  /** The first 16 KiB at most. */
  head: Buffer;
  /** The whole of a short body, of which nothing is on the volume yet. A long one is there, durably, under `incoming/`. */
  bytes: Buffer | undefined;
}

/** How a body is kept while it arrives. */
export interface Body {
  write(chunks: readonly Buffer[]): Promise<void> | undefined;
  finish(): Promise<Omit<Staged, 'uid' | 'sizeBytes'>>;
  discard(): Promise<void>;
}
