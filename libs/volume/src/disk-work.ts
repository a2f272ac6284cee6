import type { DiskAnswer, DiskRequest, Failure } from './disk-thread.js';
import { Thread } from './thread.js';

/**
 * A thread for short work on the disk: several system calls at one go. To begin each of them in libuv's threads costs the thread that
 * begins more than the call itself takes. It is started when it is first needed, and again when it has died.
 */
export class DiskWork {
  private thread: Thread<DiskRequest, DiskAnswer> | undefined;

  /** What the file system refuses is in the answer. `given` is empty afterwards. Throws `unavailable` when the thread has died. */
  ask(request: DiskRequest, given?: readonly ArrayBuffer[]): Promise<DiskAnswer> {
    this.thread ??= new Thread<DiskRequest, DiskAnswer>('disk-thread', () => {
      this.thread = undefined;
    });
    return this.thread.ask(request, given);
  }

  async close(): Promise<void> {
    await this.thread?.close();
  }
}

/** As the file system would have said it here. */
export function errorOf({ code, message }: Failure): Error {
  return Object.assign(new Error(message), { code });
}
