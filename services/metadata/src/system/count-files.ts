import type { MikroORM } from '@mikro-orm/postgresql';
import type { ReadSystem, RpcReply, StatusCounts } from '@wharf/contracts';
import { run, statement } from '@wharf/database';
import { type Logger, SharedReading, withTimeout } from '@wharf/service-kit';

type Counts = RpcReply<typeof ReadSystem>['files'];

/** Counting looks at every record, which of millions takes seconds. */
const validMs = 30_000;
const patienceMs = 2000;

const count = statement('select status, count(*) as count, sum(size_bytes) as bytes from files group by status');

/** How many files there are of each status, as they were counted last: at most every 30 seconds, and only while somebody asks. */
export class FileCounts {
  private latest: Counts = { by_status: {}, counted_at: null };
  private readonly reading: SharedReading<void>;

  /** The database's own limits of time are those of counting. */
  constructor(
    private readonly orm: MikroORM,
    logger: Logger,
  ) {
    this.reading = new SharedReading(
      () => this.count().catch((error: unknown) => logger.warn({ error }, 'files cannot be counted')),
      validMs,
    );
  }

  /** Waits two seconds for a new count, and gives the one before, or none, where it takes longer. */
  async get(): Promise<Counts> {
    await withTimeout(patienceMs, this.reading.get()).catch(() => undefined);
    return this.latest;
  }

  private async count(): Promise<void> {
    const rows = await run<{ status: keyof StatusCounts; count: string; bytes: string }>(this.orm, count, {});
    const by_status = Object.fromEntries(
      rows.map(({ bytes, count, status }) => [status, { count: Number(count), bytes: Number(bytes) }]),
    );
    this.latest = { by_status, counted_at: new Date().toISOString() };
  }
}
