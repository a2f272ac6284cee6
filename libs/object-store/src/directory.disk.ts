import {
  AppError,
  Batcher,
  burstIdleMs,
  errorOfFailure,
  Rejected,
  ThreadPool,
  threadProgram,
} from '@wharf/service-kit';
import type { Copied, DirectoryAnswer, DirectoryRequest, Look, Looked, SmallCopy } from './directory.disk-thread.js';
import { toDirectoryError } from './directory.errors.js';
import { changedBytes } from './source-file.js';

/** Up to here a file is copied by the thread, in memory. */
export const smallCopyBytes = 1024 * 1024;
/** Of one request: more do not share anything more. */
const maxItems = 256;

type Found = Exclude<Looked, { failed: unknown }>;

/**
 * Short work on the disk of a directory store, all that has arrived at once, by a thread that makes the system calls of all of it in one go:
 * begun singly in libuv's threads, they cost the thread that begins them more than they take.
 */
export class DirectoryDisk {
  private readonly thread = new ThreadPool<DirectoryRequest, DirectoryAnswer>(
    threadProgram('directory.disk-thread', import.meta.url),
    { limit: 1, idleMs: burstIdleMs },
  );
  private readonly copies = new Batcher<SmallCopy, Date | undefined>((copies) => this.copyAll(copies), { maxItems });
  private readonly looks = new Batcher<Look, Found>((looks) => this.lookAt(looks), { maxItems });

  constructor(private readonly root: string) {}

  /**
   * When the object was written, durably; undefined where there is one already. Throws `file_not_found` for a source that is gone,
   * `digest_mismatch` for one that is not the recorded file, and what `toDirectoryError` makes of the disk.
   */
  copy(copy: SmallCopy): Promise<Date | undefined> {
    return this.copies.add(copy);
  }

  /** Throws what the file system says: `ENOENT` where there is no object. */
  look(at: Look): Promise<Found> {
    return this.looks.add(at);
  }

  close(): Promise<void> {
    return this.thread.close();
  }

  private async copyAll(copies: readonly SmallCopy[]): Promise<(Date | undefined | Rejected)[]> {
    const answer = await this.thread.request({ step: 'copy', root: this.root, copies });
    return 'copied' in answer ? answer.copied.map(outcomeOf) : [];
  }

  private async lookAt(looks: readonly Look[]): Promise<(Found | Rejected)[]> {
    const answer = await this.thread.request({ step: 'look', looks });
    if (!('looked' in answer)) return [];
    return answer.looked.map((each) => ('failed' in each ? new Rejected(errorOfFailure(each.failed)) : each));
  }
}

function outcomeOf(copied: Copied): Date | undefined | Rejected {
  if ('modifiedAtMs' in copied) return new Date(copied.modifiedAtMs);
  if ('failed' in copied) return new Rejected(toDirectoryError(errorOfFailure(copied.failed)));
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
