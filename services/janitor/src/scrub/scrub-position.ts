import { buckets, SizeBytes, Timestamp, Uid } from '@wharf/contracts';
import { type Bus, KeyValueBucket } from '@wharf/messaging';
import { AppError } from '@wharf/service-kit';
import { z } from 'zod';
import { spentToday } from './allowance.js';

const entryKey = 'scrub';

const Entry = z.object({
  /** The last file of the pass that was read; null before the first. */
  after: Uid.nullable(),
  pass_started_at: Timestamp,
  /** Days since 1970. */
  day: z.int().nonnegative(),
  /** Read on that day. */
  bytes: SizeBytes,
});
type Entry = z.infer<typeof Entry>;

/** How far the scrub has come, and what it has read today: kept in JetStream, for whichever janitor goes on. */
export class ScrubPosition {
  private constructor(
    private readonly bucket: KeyValueBucket<Entry>,
    private readonly bytesPerDay: number,
    private entry: Entry,
    /** Undefined before the first save. */
    private revision: number | undefined,
  ) {}

  /** Throws `unavailable` while NATS is away. */
  static async open(bus: Bus, bytesPerDay: number): Promise<ScrubPosition> {
    const bucket = await KeyValueBucket.open({ bus, bucket: buckets.positions, schema: Entry });
    const found = await bucket.read(entryKey);
    const entry = found?.value ?? { ...passFromNow(), day: 0, bytes: 0 };
    return new ScrubPosition(bucket, bytesPerDay, entry, found?.revision);
  }

  get after(): string | null {
    return this.entry.after;
  }

  get passStartedAt(): string {
    return this.entry.pass_started_at;
  }

  /** What may still be read today; not positive when that is nothing. */
  get leftBytes(): number {
    return this.bytesPerDay - spentToday(this.entry, this.bytesPerDay).bytes;
  }

  /** `after`: the file up to which all are done now. Throws `unavailable`, and `conflict` when another janitor has written meanwhile. */
  async save(readBytes: number, after = this.after): Promise<void> {
    const spent = spentToday(this.entry, this.bytesPerDay);
    await this.write({ ...this.entry, after, day: spent.day, bytes: spent.bytes + readBytes });
  }

  /** All files are done: the next one is the first again. */
  async beginPass(): Promise<void> {
    await this.write({ ...this.entry, ...passFromNow() });
  }

  private async write(entry: Entry): Promise<void> {
    const { bucket, revision } = this;
    const written =
      revision === undefined ? await bucket.create(entryKey, entry) : await bucket.replace(entryKey, entry, revision);
    if (written === undefined) throw new AppError('conflict', 'another janitor scrubs');
    this.revision = written;
    this.entry = entry;
  }
}

function passFromNow(): Pick<Entry, 'after' | 'pass_started_at'> {
  return { after: null, pass_started_at: new Date().toISOString() };
}
