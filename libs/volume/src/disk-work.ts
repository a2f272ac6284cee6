import type { Bodies, DiskAnswer, DiskRequest, Failure, Refused } from './disk-request.js';
import { Threads, type ThreadsOptions } from './threads.js';

/**
 * Threads for short work on the disk: several system calls at one go. To begin each of them in libuv's threads costs the thread that
 * begins more than the call itself takes. One thread does what it is asked in its order; several, in any.
 */
export class DiskWork {
  private readonly threads: Threads<DiskRequest, DiskAnswer>;

  constructor(options: ThreadsOptions = { limit: 1 }) {
    this.threads = new Threads('disk-thread', options);
  }

  /**
   * Throws what the file system says of the whole step; what it says of single bodies is in the answer. The bytes of bodies are given away.
   * Throws `unavailable` when the thread has died.
   */
  async ask(request: DiskRequest): Promise<DiskAnswer> {
    const thread = this.threads.leastBusy();
    const given = 'bodies' in request ? [request.bodies.bytes.buffer as ArrayBuffer] : [];
    thread.jobs++;
    try {
      const answer = await thread.ask(request, given);
      if (answer.failure) throw errorOf(answer.failure);
      return answer;
    } finally {
      thread.jobs--;
    }
  }

  close(): Promise<void> {
    return this.threads.close();
  }
}

/** A short file, whole. */
export interface Body {
  /** Its place; none where it is only to stand in a log. */
  path?: string | undefined;
  bytes: Buffer;
}

/** In memory of their own: a piece of a request lies in that of the whole, all of which would travel. */
export function packBodies(bodies: readonly Body[]): Bodies {
  const files = bodies.map(({ bytes, path }) => ({ path, sizeBytes: bytes.length }));
  const all = Buffer.allocUnsafeSlow(files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
  let offset = 0;
  for (const { bytes } of bodies) offset += bytes.copy(all, offset);
  return { files, bytes: all };
}

/** Who waits for one body of a step. */
export interface Waiter {
  resolve(): void;
  reject(error: unknown): void;
}

/** Does a step for all who wait, and tells each of them how his own body fared. */
export async function settleEach(waiters: readonly Waiter[], step: () => Promise<Refused | undefined>): Promise<void> {
  try {
    const refused = await step();
    for (const [number, waiter] of waiters.entries()) {
      const failure = refused?.[number];
      if (failure) waiter.reject(errorOf(failure));
      else waiter.resolve();
    }
  } catch (error) {
    for (const waiter of waiters) waiter.reject(error);
  }
}

/** As the file system would have said it here. */
function errorOf({ code, message }: Failure): Error {
  return Object.assign(new Error(message), { code });
}
