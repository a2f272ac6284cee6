import { AppError, Batcher, burstIdleMs, Rejected, ThreadPool, threadProgram } from '@wharf/service-kit';
import type { Copied, CopyAnswer, CopyRequest, SmallCopy } from './directory.copy-thread.js';
import { toDirectoryError } from './directory.errors.js';
import { changedBytes } from './source-file.js';

/** Up to here a file is copied by the thread, in memory. */
export const smallCopyBytes = 1024 * 1024;
/** Of one request: more do not share anything more. */
const maxCopies = 256;

/**
 * Copies small files, all that have arrived at once, by a thread that makes the system calls of all of them in one go: begun singly in
 * libuv's threads, they cost the thread that begins them more than they take.
 */
export class SmallCopies {
  private readonly thread = new ThreadPool<CopyRequest, CopyAnswer>(
    threadProgram('directory.copy-thread', import.meta.url),
    { limit: 1, idleMs: burstIdleMs },
  );
  private readonly copies = new Batcher<SmallCopy, Date | undefined>((copies) => this.copyAll(copies), {
    maxItems: maxCopies,
  });

  constructor(private readonly root: string) {}

  /**
   * When the object was written, durably; undefined where there is one already. Throws `file_not_found` for a source that is gone,
   * `digest_mismatch` for one that is not the recorded file, and what `toDirectoryError` makes of the disk.
   */
  copy(copy: SmallCopy): Promise<Date | undefined> {
    return this.copies.add(copy);
  }

  close(): Promise<void> {
    return this.thread.close();
  }

  private async copyAll(copies: readonly SmallCopy[]): Promise<(Date | undefined | Rejected)[]> {
    const thread = this.thread.leastBusy();
    thread.jobs++;
    try {
      const { copied } = await thread.request({ root: this.root, copies });
      return copied.map(outcomeOf);
    } finally {
      thread.jobs--;
    }
  }
}

function outcomeOf(copied: Copied): Date | undefined | Rejected {
  if ('modifiedAtMs' in copied) return new Date(copied.modifiedAtMs);
  if ('failed' in copied) {
    const { code, message } = copied.failed;
    return new Rejected(toDirectoryError(Object.assign(new Error(message), { code })));
  }
  switch (copied.refused) {
    case 'object_exists':
      return undefined;
    case 'source_missing':
      return new Rejected(new AppError('file_not_found', 'the local file is gone'));
    case 'source_unreadable':
      return new Rejected(new AppError('internal', 'the local file cannot be read'));
    case 'source_changed':
      return new Rejected(changedBytes());
  }
}
