import { randomUUID } from 'node:crypto';
import { readdir, rename, stat } from 'node:fs/promises';
import path from 'node:path';
import { AppError, Batcher, ifMissing, type Rejected } from '@wharf/service-kit';
import type { Durability } from '../durability.js';
import type { Folders } from '../files/folders.js';
import { layout } from '../layout.js';
import type { DiskThreads, SmallFile } from '../threads/disk-threads.js';
import { type Entry, entryLine } from './line.js';
import { type JournalEntry, JournalSegment } from './segment.js';

const maxSegmentBytes = 8 * 1024 * 1024;
const maxSegmentAgeMs = 10_000;
const segmentName = /^([0-9a-f]{12})-\d+\.log$/;

/**
 * What has been promised to clients but is not yet published: an append log with the events inside. An entry is durable
 * before its data is moved into place, and goes only after the event is in JetStream. Whoever finds an entry (any
 * gateway) may finish it: every step after it is repeatable.
 *
 * Each process appends to segments of its own, `<process>-<number>.log`, by group commit: whoever writes while a sync runs shares the next one.
 * The name says who sees to a segment: the owner touches it in each `heartbeat`, and one that nobody touches is adopted by
 * another process, by giving it a name of its own. An owner that was only frozen finds its file gone and writes to a new one.
 */
export class Journal {
  private readonly owner = randomUUID().replaceAll('-', '').slice(0, 12);
  private readonly folder: string;
  private segmentCount = 0;
  /** All of this process, in the order of writing. */
  private segments: JournalSegment[] = [];
  /** The one of them that is appended to. */
  private current: JournalSegment | undefined;
  private readonly writes = new Batcher<Entry, boolean>((entries) => this.serialized(() => this.append(entries)));
  private isAdopting = false;
  private lastTurn: Promise<unknown> = Promise.resolve();

  constructor(
    root: string,
    private readonly durability: Durability,
    private readonly resources: { folders: Folders; disk: DiskThreads },
  ) {
    this.folder = path.join(root, layout.journal);
  }

  /**
   * Writes an entry durably, with the bytes of a short body: after this returns it survives the machine (with `fsync`). False where another process
   * has taken it over meanwhile, because this one was frozen: that one finishes it.
   */
  write(uid: string, content: unknown, bytes?: Buffer): Promise<boolean> {
    return this.writes.add({ uid, line: entryLine(uid, content, bytes && { bytes }) });
  }

  /** The same, and then writes the bytes to a path, in one go of the disk's thread. Where only that fails, the entry stays. */
  writeAndPlace(uid: string, content: unknown, body: SmallFile): Promise<boolean> {
    return this.writes.add({ uid, line: entryLine(uid, content, body) });
  }

  /** An entry of this process. Throws `file_not_found` when there is none. */
  async read(uid: string): Promise<JournalEntry> {
    const segment = this.segments.findLast((each) => each.has(uid));
    if (!segment) throw new AppError('file_not_found', 'no journal entry');
    return segment.read(uid);
  }

  /**
   * Drops the entries of a uid that this process has written or adopted. Idempotent. Not synced: an entry that comes back
   * after a death or a power cut is only published once more.
   */
  remove(uid: string): void {
    for (const segment of this.segments) segment.forget(uid);
  }

  /** Drops an entry whose promise was given to nobody, so durably that nobody finishes it after a crash. */
  async withdraw(uid: string): Promise<void> {
    await this.serialized(async () => {
      for (const segment of this.segments) await segment.erase(uid);
    });
  }

  /** Whether an entry that this process has written or adopted was not taken over by another one since. */
  async isOurs(uid: string): Promise<boolean> {
    const segment = this.segments.findLast((each) => each.has(uid));
    return segment !== undefined && (await segment.isInPlace());
  }

  /** Whether any process has promised this file; one whose promise was kept within the last seconds may still count. */
  async has(uid: string): Promise<boolean> {
    for (;;) {
      let isMissing = false;
      // One after the other: an outage leaves more than fits into memory.
      for (const name of await this.segmentNames()) {
        const segment = await this.load(name);
        if (segment?.has(uid)) return true;
        isMissing ||= segment === undefined;
      }
      // One that vanished may have been given another name meanwhile.
      if (!isMissing) return false;
    }
  }

  /** The uids of this process's entries that were written `minAgeMs` ago: younger ones belong to an upload that is still running. */
  *pending(minAgeMs: number): Generator<string> {
    for (const segment of [...this.segments]) yield* segment.olderThan(minAgeMs);
  }

  /**
   * To be called every few seconds by a process that writes: says that it lives, removes segments that nobody needs any more,
   * and takes over those that nobody touched for `adoptAfterMs`. Returns the paths of those among them that have lines
   * which cannot be read; they are kept as `*.damaged`.
   */
  async heartbeat(adoptAfterMs: number): Promise<{ damaged: string[] }> {
    await this.serialized(async () => {
      if (this.current?.isDrained || isFull(this.current)) await this.retire();
      await this.dropDrained();
      const lost = await this.touchSegments();
      this.segments = this.segments.filter((segment) => !lost.has(segment));
      if (this.current && !this.segments.includes(this.current)) await this.retire();
    });
    return { damaged: await this.adoptAbandoned(adoptAfterMs) };
  }

  /** Those that another process has adopted. */
  private async touchSegments(): Promise<Set<JournalSegment>> {
    const lost = new Set<JournalSegment>();
    const touch = async (segment: JournalSegment) => {
      if (!(await segment.touch())) lost.add(segment);
    };
    await Promise.all(this.segments.map(touch));
    return lost;
  }

  private serialized<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.lastTurn.then(work);
    this.lastTurn = turn.catch(() => undefined);
    return turn;
  }

  private async append(batch: readonly Entry[]): Promise<(boolean | Rejected)[]> {
    for (;;) {
      if (isFull(this.current)) await this.retire();
      this.current ??= await this.createSegment();
      const segment = this.current;
      try {
        const rejected = await segment.append(batch);
        if (rejected === 'taken') return batch.map(() => false);
        if (rejected) return batch.map((_, index) => rejected[index] ?? true);
        this.segments = this.segments.filter((each) => each !== segment);
        await this.retire();
      } catch (error) {
        await this.retire();
        throw error;
      }
    }
  }

  private async createSegment(): Promise<JournalSegment> {
    const { folders, disk } = this.resources;
    const segment = await JournalSegment.create(this.nextPath(), this.durability, disk);
    this.segments.push(segment);
    await folders.sync(this.folder);
    return segment;
  }

  /** Appends no more to the current segment, and removes it once all of its promises are kept. */
  private async retire(): Promise<void> {
    await this.current?.close();
    this.current = undefined;
    await this.dropDrained();
  }

  private async dropDrained(): Promise<void> {
    const drained = this.segments.filter((segment) => segment.isDrained && segment !== this.current);
    this.segments = this.segments.filter((segment) => !drained.includes(segment));
    for (const segment of drained) await segment.remove();
  }

  /** One pass at a time: after a long outage it takes longer than the pause between two. */
  private async adoptAbandoned(adoptAfterMs: number): Promise<string[]> {
    if (this.isAdopting) return [];
    this.isAdopting = true;
    const damaged: string[] = [];
    try {
      for (const name of await this.segmentNames()) {
        if (this.isKnown(name) || !(await this.isUntouched(name, adoptAfterMs))) continue;
        const segment = await this.adopt(name);
        if (segment?.isDamaged) damaged.push(segment.path);
      }
    } finally {
      this.isAdopting = false;
    }
    return damaged;
  }

  /** One with a name of this process that it does not know is one whose adoption failed half way. */
  private isKnown(name: string): boolean {
    return this.segments.some((segment) => path.basename(segment.path) === name);
  }

  /** Undefined where another process was first. */
  private async adopt(name: string): Promise<JournalSegment | undefined> {
    const target = this.nextPath();
    const isOurs = await ifMissing(
      rename(path.join(this.folder, name), target).then(() => true),
      false,
    );
    if (!isOurs) return undefined;
    // Read after it has its new name: what its owner appends from now on, the owner writes elsewhere as well.
    const segment = await JournalSegment.load(target, this.durability, this.resources.disk);
    await segment.touch();
    this.segments.unshift(segment);
    return segment;
  }

  private async isUntouched(name: string, minAgeMs: number): Promise<boolean> {
    const info = await ifMissing(stat(path.join(this.folder, name)));
    return info !== undefined && Date.now() - info.mtimeMs >= minAgeMs;
  }

  private load(name: string): Promise<JournalSegment | undefined> {
    return ifMissing(
      JournalSegment.load(path.join(this.folder, name), this.durability, this.resources.disk),
      undefined,
    );
  }

  private async segmentNames(): Promise<string[]> {
    return (await readdir(this.folder)).filter((name) => segmentName.test(name));
  }

  private nextPath(): string {
    return path.join(this.folder, `${this.owner}-${this.segmentCount++}.log`);
  }
}

function isFull(segment: JournalSegment | undefined): boolean {
  if (!segment) return false;
  return segment.sizeBytes >= maxSegmentBytes || Date.now() - segment.openedAtMs >= maxSegmentAgeMs;
}
