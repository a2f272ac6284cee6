import type { ServerResponse } from 'node:http';
import type { PresignedAnswer } from '@wharf/object-store';

/** How far a body has been sent: `position` is the next byte to hand to the response. */
export interface Progress {
  position: number;
  /** Inclusive. */
  readonly end: number;
  /** Whether the last byte was handed to the system: a client that leaves from then on may have everything. */
  isDelivered: boolean;
  /** Sees the bytes in their order, each once, whichever copies they come from. */
  observe?(bytes: Buffer): void;
}

/** A copy of a file that can be read now, wherever it is. */
export interface Source {
  /** As `X-Wharf-Source` names it. */
  readonly place: 'local' | 'cloud';
  /** The whole copy, where it is in memory. */
  readonly bytes?: Buffer;
  /**
   * Writes the bytes from `progress.position` to `progress.end`, or to the end of a copy that is shorter. Resolves when all of
   * them were handed to the system; throws what the copy's medium throws, in the middle as well.
   */
  writeTo(response: ServerResponse, progress: Progress): Promise<void>;
  /** An address at which a client can read the copy without us; undefined, or no such method, where there is none. */
  presign?(answer: PresignedAnswer): Promise<string | undefined>;
  close(): Promise<void>;
}
