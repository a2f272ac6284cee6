import { streamOfBucket } from '@wharf/contracts';
import { AppError, retry } from '@wharf/service-kit';
import { ErrorCode, type KV, NatsError } from 'nats';
import type { z } from 'zod';
import type { Bus } from './bus.js';
import { refusedForRoom } from './full-streams.js';
import { fromNatsError } from './nats-error.js';
import { parseJson } from './read-event.js';

export interface KeyValueOptions<Value> {
  bus: Bus;
  bucket: string;
  schema: z.ZodType<Value>;
}

/** Between attempts: a cluster elects the leader of a new bucket first. */
const pausesMs = [100, 250, 500, 1000, 1000];
const pauseMs = (failures: number) => pausesMs[failures - 1];

/** A bucket that is there, or will be: it is made with the streams. Nothing is asked of NATS. */
export function openKeyValue(bus: Bus, bucket: string): Promise<KV> {
  // Direct reads are answered by any replica, and a replica may be behind what was just refused.
  return bus.jetstream().views.kv(bucket, { bindOnly: true, allow_direct: false });
}

export interface Versioned<Value> {
  value: Value;
  /** Changes with every write of the entry; a write names the one it replaces. */
  revision: number;
}

/**
 * Entries that several processes change, each write on condition of the revision that its writer knows. Everything throws
 * `unavailable` when NATS did not answer: the write may have happened all the same, and a read tells.
 */
export class KeyValueBucket<Value> {
  private constructor(
    private readonly store: KV,
    private readonly options: KeyValueOptions<Value>,
  ) {}

  /** Throws `unavailable` while NATS is away. */
  static async open<Value>(options: KeyValueOptions<Value>): Promise<KeyValueBucket<Value>> {
    const { bus, bucket } = options;
    try {
      return new KeyValueBucket(await openKeyValue(bus, bucket), options);
    } catch (error) {
      throw fromNatsError(error, `opening the bucket ${bucket}`);
    }
  }

  /** The revision of the new entry, or undefined when there is one already. */
  create(key: string, value: Value): Promise<number | undefined> {
    return this.unlessTaken(() => this.store.create(key, JSON.stringify(value)));
  }

  /** Throws `internal` for an entry of a wrong shape. */
  async read(key: string): Promise<Versioned<Value> | undefined> {
    const entry = await this.ask(() => this.store.get(key));
    if (entry?.operation !== 'PUT') return undefined;
    return { value: this.parse(entry.value), revision: entry.revision };
  }

  /** Keys of all entries, in no order; those of removed ones are among them for a while. */
  async keys(): Promise<string[]> {
    const { bucket, bus } = this.options;
    const prefix = `$KV.${bucket}.`;
    // The client lists keys by a consumer, which not everybody may have who may read entries.
    const { state } = await this.ask(async () => {
      const manager = await bus.jetstreamManager();
      return manager.streams.info(streamOfBucket(bucket), { subjects_filter: `${prefix}>` });
    });
    return Object.keys(state.subjects ?? {}).map((subject) => subject.slice(prefix.length));
  }

  /** The new revision, or undefined when the entry is no longer the one of `revision`. */
  replace(key: string, value: Value, revision: number): Promise<number | undefined> {
    return this.unlessTaken(() => this.store.update(key, JSON.stringify(value), revision));
  }

  /** False when the entry is no longer the one of `revision`. */
  async remove(key: string, revision: number): Promise<boolean> {
    const removed = await this.unlessTaken(() => this.store.delete(key, { previousSeq: revision }).then(() => true));
    return removed ?? false;
  }

  private parse(bytes: Uint8Array): Value {
    try {
      return this.options.schema.parse(parseJson(bytes));
    } catch (cause) {
      throw new AppError('internal', `an entry of a wrong shape in ${this.options.bucket}`, { cause });
    }
  }

  private async unlessTaken<Result>(write: () => Promise<Result>): Promise<Result | undefined> {
    return await this.ask(async () => {
      try {
        return await write();
      } catch (error) {
        if (isRevisionTaken(error)) return undefined;
        throw error;
      }
    });
  }

  private async ask<Result>(question: () => Promise<Result>): Promise<Result> {
    const { bucket, bus } = this.options;
    try {
      return await retry(
        () => {
          // The client keeps what is written while it is not connected, and sends it later, when nobody waits for it.
          bus.require();
          return question();
        },
        { pauseMs, isRetriable: isTakenByNobody },
      );
    } catch (error) {
      throw (
        refusedForRoom(bus, { stream: streamOfBucket(bucket), sizeBytes: 0 }, error) ??
        fromNatsError(error, `using the bucket ${bucket}`)
      );
    }
  }
}

/** Whether a request cannot have happened, since there was no leader to take it. */
function isTakenByNobody(error: unknown): boolean {
  return error instanceof NatsError && error.code === ErrorCode.NoResponders;
}

const wrongLastSequence = 10071;

/** Whether a write was refused since the entry is no longer the one that it replaces. */
export function isRevisionTaken(error: unknown): boolean {
  return error instanceof NatsError && error.jsError()?.err_code === wrongLastSequence;
}
