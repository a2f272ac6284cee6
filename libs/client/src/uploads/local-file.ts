import type { Pieces } from './pieces.js';

/** A file of a disk, as `@wharf/client/node` opens it. The upload closes it. */
export interface LocalFile {
  readonly name: string;
  readonly sizeBytes: number;
  /** Of this file as it is now; one that was written to since is another one. */
  readonly fingerprint: string;
  bytes(): Promise<Uint8Array<ArrayBuffer>>;
  pieces(): Pieces;
  close(): Promise<void>;
}
