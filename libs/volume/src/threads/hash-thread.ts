import { createHash, type Hash } from 'node:crypto';
import { parentPort } from 'node:worker_threads';
import type { Numbered } from '@wharf/service-kit';

// The program of a hash thread. It runs as it is from its source as well, so it imports nothing but what Node has.

/** One step of one file's hashing. */
export interface HashRequest {
  file: number;
  algorithms: readonly string[];
  step: { update: Uint8Array } | 'digest' | 'drop';
}

export interface HashAnswer {
  /** By algorithm, as hex; of the step `digest` alone. */
  digests?: Record<string, string>;
}

const files = new Map<number, { algorithm: string; hash: Hash }[]>();

parentPort?.on('message', (request: Numbered<HashRequest>) => {
  const { id, file, algorithms, step } = request;
  const hashes = files.get(file) ?? algorithms.map((algorithm) => ({ algorithm, hash: createHash(algorithm) }));
  files.set(file, hashes);
  const answer: Numbered<HashAnswer> = { id };
  if (typeof step === 'object') for (const { hash } of hashes) hash.update(step.update);
  else files.delete(file);
  if (step === 'digest') {
    answer.digests = Object.fromEntries(hashes.map(({ algorithm, hash }) => [algorithm, hash.digest('hex')]));
  }
  parentPort?.postMessage(answer);
});
