import { errorOfFailure, Rejected, ThreadPool, type ThreadPoolOptions, threadProgram } from '@wharf/service-kit';
import type { Bodies, DiskAnswer, DiskRequest } from './disk-request.js';

/**
 * Threads for short work on the disk: several system calls at one go. To begin each of them in libuv's threads costs the thread that
 * begins more than the call itself takes. One thread works in the order of its requests; several, in any.
 */
export class DiskThreads {
  private readonly pool: ThreadPool<DiskRequest, DiskAnswer>;

  constructor(options: ThreadPoolOptions = { limit: 1 }) {
    this.pool = new ThreadPool(threadProgram('disk-thread', import.meta.url), options);
  }

  /**
   * Throws what the file system says of the whole step; what it says of single bodies is in the answer. The bytes of bodies are given away.
   * Throws `unavailable` when the thread has died.
   */
  async request(request: DiskRequest): Promise<DiskAnswer> {
    const given = 'bodies' in request ? [request.bodies.bytes.buffer as ArrayBuffer] : [];
    const answer = await this.pool.request(request, given);
    if (answer.failure) throw errorOfFailure(answer.failure);
    return answer;
  }

  close(): Promise<void> {
    return this.pool.close();
  }
}

/** A small file, whole. */
export interface SmallFile {
  /** Its place; none where it is only to stand in a log. */
  path?: string | undefined;
  /** It was in its place a moment ago: where it is not any more it was removed on purpose, and must not come back. */
  isThere?: boolean;
  bytes: Buffer;
}

/** In memory of their own: a piece of a request lies in that of the whole, all of which would travel. */
export function packBodies(bodies: readonly SmallFile[]): Bodies {
  const files = bodies.map(({ bytes, isThere = false, path }) => ({ path, isThere, sizeBytes: bytes.length }));
  const all = Buffer.allocUnsafeSlow(files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
  let offset = 0;
  for (const { bytes } of bodies) offset += bytes.copy(all, offset);
  return { files, bytes: all };
}

/** For a batch: which of its bodies were refused, and why. */
export function rejections({ refused = [] }: DiskAnswer): (undefined | Rejected)[] {
  return refused.map((failure) => failure && new Rejected(errorOfFailure(failure)));
}
