import type { DueFault, Failure } from '@wharf/service-kit';

// What a disk thread is asked for, and what it answers.

/** Their bytes follow each other in `bytes`. One without a path is not to be placed. */
export interface Bodies {
  files: readonly { path: string | undefined; isThere: boolean; sizeBytes: number }[];
  bytes: Uint8Array;
}

/** What is to stand in a log: text, or the body with this number in base64. */
export type LogPiece = string | number;

export type DiskRequest =
  /** Writes files over what is there, and makes their folders. One with `isThere` is only written over: `ENOENT` where it has gone. */
  | { step: 'place'; bodies: Bodies }
  /** Makes files durable, and their names. One that was removed meanwhile needs nothing. */
  | { step: 'sync'; paths: readonly string[] }
  /** Removes files. One that is not there needs nothing. */
  | { step: 'remove'; paths: readonly string[] }
  /**
   * Writes into a log that is there, and makes it durable with `isSynced`. The log stays open. Then the bodies are placed, unless that failed or the log
   * has no longer its path.
   */
  | ({ step: 'append'; bodies: Bodies; fault: BodyFault | undefined } & LogWrite)
  | { step: 'close'; path: string };

export interface LogWrite {
  path: string;
  position: number;
  pieces: readonly LogPiece[];
  /** Of all pieces. */
  sizeBytes: number;
  isSynced: boolean;
}

/** What a test has asked for, once the log is written and before this body is placed. */
export interface BodyFault extends DueFault {
  body: number;
}

export interface DiskAnswer {
  /** What the whole step failed with. */
  failure?: Failure | undefined;
  /** Of `place` and `append`, by the number of the body: what kept it from its place. Of `remove`, what kept a file in it. */
  refused?: readonly (Failure | undefined)[];
  /** Of `remove`: the bytes of each file, 0 where there was none. */
  removedBytes?: readonly number[];
  /** Of `append`: whether the log had its path after it was written: whoever gives it another one reads what was written. */
  isInPlace?: boolean;
  /** Of `append`: whether it had its path no longer when the bodies were to be placed. None of them was. */
  isTaken?: boolean;
}
