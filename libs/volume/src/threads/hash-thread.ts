import { createHash, type Hash } from 'node:crypto';
import { readSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import type { Failure, Numbered } from '@wharf/service-kit';

// The program of a hash thread. It runs as it is from its source as well, so it imports nothing but what Node has.

/** One step of one file's hashing. */
export interface HashRequest {
  file: number;
  algorithms: readonly string[];
  step: { update: Uint8Array } | { read: FileRange } | 'digest' | 'drop';
}

/** Of a file that is open in this process. */
interface FileRange {
  fd: number;
  position: number;
  length: number;
}

export interface HashAnswer {
  /** By algorithm, as hex; of the step `digest` alone. */
  digests?: Record<string, string>;
  /** What a file could not be read for. */
  failure?: Failure | undefined;
}

const files = new Map<number, { algorithm: string; hash: Hash }[]>();

parentPort?.on('message', (request: Numbered<HashRequest>) => {
  const { id, file, algorithms, step } = request;
  const hashes = files.get(file) ?? algorithms.map((algorithm) => ({ algorithm, hash: createHash(algorithm) }));
  files.set(file, hashes);
  const answer: Numbered<HashAnswer> = { id };
  if (typeof step === 'string') files.delete(file);
  else if ('update' in step) for (const { hash } of hashes) hash.update(step.update);
  else answer.failure = read(step.read, hashes);
  if (step === 'digest') {
    answer.digests = Object.fromEntries(hashes.map(({ algorithm, hash }) => [algorithm, hash.digest('hex')]));
  }
  parentPort?.postMessage(answer);
});

const pieceBytes = 1024 * 1024;

function read(range: FileRange, hashes: readonly { hash: Hash }[]): Failure | undefined {
  const piece = Buffer.allocUnsafeSlow(Math.min(range.length, pieceBytes));
  try {
    for (let done = 0; done < range.length; ) {
      const wanted = Math.min(piece.length, range.length - done);
      const count = readSync(range.fd, piece, 0, wanted, range.position + done);
      if (count === 0) return { code: undefined, message: 'a file is shorter than it was told to be' };
      for (const { hash } of hashes) hash.update(piece.subarray(0, count));
      done += count;
    }
    return undefined;
  } catch (error) {
    return { code: (error as NodeJS.ErrnoException).code, message: (error as Error).message };
  }
}
