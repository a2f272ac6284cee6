import type { KeyValueBucket, Versioned } from './key-value.js';

export interface HeldEntryOptions<Value, Held extends Value> {
  bucket: KeyValueBucket<Value>;
  key: string;
  /** Whether what was found is still held by whoever wrote `known`. */
  isMine(found: Value, known: Held): found is Held;
}

/**
 * An entry of a bucket that one process holds and changes. Its writes are serialized: each replaces the revision that the one before it made.
 *
 * A write that is refused is tried once more when it was an unanswered one of the same holder that came in between: upon what that has made of the
 * entry, since others may have seen it. Throws `unavailable` when NATS did not answer: the write may have happened all the same.
 */
export class HeldEntry<Value, Held extends Value = Value> {
  private lastWrite: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly options: HeldEntryOptions<Value, Held>,
    private current: Versioned<Held>,
  ) {}

  /** As its holder knows it. */
  get value(): Held {
    return this.current.value;
  }

  /** False when the entry is no longer this holder's. */
  replace(change: (held: Held) => Value): Promise<boolean> {
    const { bucket, isMine, key } = this.options;
    return this.serialize(async ({ revision, value }) => {
      const next = change(value);
      const written = await bucket.replace(key, next, revision);
      if (written === undefined) return false;
      this.current = { value: isMine(next, value) ? next : value, revision: written };
      return true;
    });
  }

  /** False when the entry is no longer this holder's. */
  remove(): Promise<boolean> {
    const { bucket, key } = this.options;
    return this.serialize(({ revision }) => bucket.remove(key, revision));
  }

  private serialize(write: (current: Versioned<Held>) => Promise<boolean>): Promise<boolean> {
    const work = () => this.whileMine(write);
    const done = this.lastWrite.then(work, work);
    this.lastWrite = done;
    return done;
  }

  private async whileMine(write: (current: Versioned<Held>) => Promise<boolean>): Promise<boolean> {
    if (await write(this.current)) return true;
    const { bucket, isMine, key } = this.options;
    const found = await bucket.read(key);
    if (!found || !isMine(found.value, this.current.value)) return false;
    this.current = { value: found.value, revision: found.revision };
    return write(this.current);
  }
}
