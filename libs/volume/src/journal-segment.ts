import { type FileHandle, open, readFile, rename, stat, unlink, utimes } from 'node:fs/promises';
import { AppError, systemCode } from '@wharf/service-kit';
import type { Durability } from './volume.js';

interface Span {
  offset: number;
  length: number;
  /** When it was written, by this process's clock; 0 for one that another process wrote. */
  atMs: number;
}

/** A line of a segment: a promise with its event, or the uids whose promises were kept or taken back. */
type Line = { uid: string; content: unknown } | { done: string[] };

/**
 * One file of the journal: lines of JSON that only its owner appends to. What is remembered of an entry is where it
 * stands, not what it says: an outage of hours leaves many.
 */
export class JournalSegment {
  readonly openedAtMs = Date.now();
  sizeBytes = 0;
  /** Lines that nobody can read, before the end: something happened to the disk. */
  isDamaged = false;
  private readonly entries = new Map<string, Span>();
  private readonly marks: string[] = [];

  private constructor(
    readonly path: string,
    private readonly durability: Durability,
    private handle: FileHandle | undefined,
  ) {}

  static async create(path: string, durability: Durability): Promise<JournalSegment> {
    return new JournalSegment(path, durability, await open(path, 'wx'));
  }

  /** One that another process has left, under the name that it has now. Nothing is appended to it any more. */
  static async load(path: string, durability: Durability): Promise<JournalSegment> {
    const segment = new JournalSegment(path, durability, undefined);
    segment.take(await readFile(path));
    return segment;
  }

  get isDrained(): boolean {
    return this.entries.size === 0;
  }

  /** The uids of entries that are at least as old as this. */
  *olderThan(minAgeMs: number): Generator<string> {
    const latest = Date.now() - minAgeMs;
    for (const [uid, { atMs }] of this.entries) if (atMs <= latest) yield uid;
  }

  has(uid: string): boolean {
    return this.entries.has(uid);
  }

  async read(uid: string): Promise<unknown> {
    const span = this.entries.get(uid);
    if (!span) throw new AppError('file_not_found', 'no journal entry');
    const handle = await open(this.path, 'r');
    try {
      const { buffer } = await handle.read(Buffer.alloc(span.length), 0, span.length, span.offset);
      return (parseLine(buffer) as { content: unknown }).content;
    } finally {
      await handle.close();
    }
  }

  /** The entry's promise is kept. The mark for it travels with the next append. False when there is no such entry. */
  forget(uid: string): boolean {
    const isFound = this.entries.delete(uid);
    if (isFound) this.marks.push(uid);
    return isFound;
  }

  /**
   * Appends entries, and the marks that wait, in one write and one sync. Returns once they survive the machine (with `fsync`).
   * False when the file was meanwhile adopted by another process, which may not have seen them: write them elsewhere.
   * After a failure nothing of it stays, as far as the disk allows that.
   */
  async append(batch: readonly { uid: string; text: string }[]): Promise<boolean> {
    this.handle ??= await open(this.path, 'r+');
    const { handle } = this;
    const done = this.marks.splice(0);
    const marks = Buffer.from(done.length > 0 ? `${JSON.stringify({ done } satisfies Line)}\n` : '');
    const lines = batch.map(({ text }) => Buffer.from(`${text}\n`));
    // Marks speak of what stands before them: an entry may be written once more.
    const bytes = Buffer.concat([marks, ...lines]);
    try {
      await writeAll(handle, bytes, this.sizeBytes);
      if (this.durability === 'fsync') await handle.datasync();
    } catch (error) {
      await handle.truncate(this.sizeBytes).catch(() => undefined);
      throw error;
    }
    if (!(await this.isInPlace())) return false;
    let offset = this.sizeBytes + marks.length;
    const atMs = Date.now();
    batch.forEach(({ uid }, index) => {
      const length = lines[index]?.length ?? 0;
      this.entries.set(uid, { offset, length, atMs });
      offset += length;
    });
    this.sizeBytes += bytes.length;
    return true;
  }

  /** Gives the descriptor back; the entries stay. Idempotent. */
  async close(): Promise<void> {
    const { handle } = this;
    this.handle = undefined;
    await handle?.close();
  }

  /** Says that its owner lives. False when another process has adopted it. */
  async touch(): Promise<boolean> {
    try {
      const now = new Date();
      await utimes(this.path, now, now);
      return true;
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return false;
      throw error;
    }
  }

  /** Removes the file; a damaged one is kept under another name, for whoever can read more of it. */
  async remove(): Promise<void> {
    await this.close();
    const leaving = this.isDamaged ? rename(this.path, `${this.path}.damaged`) : unlink(this.path);
    await leaving.catch((error: unknown) => {
      if (systemCode(error) !== 'ENOENT') throw error;
    });
  }

  private async isInPlace(): Promise<boolean> {
    try {
      return (await stat(this.path)).isFile();
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return false;
      throw error;
    }
  }

  private take(bytes: Buffer): void {
    for (let start = 0; start < bytes.length; ) {
      const end = bytes.indexOf(0x0a, start);
      // What was being written when its process died was promised to nobody.
      if (end === -1) break;
      const line = parseLine(bytes.subarray(start, end));
      if (!line) this.isDamaged = true;
      else if ('done' in line) for (const uid of line.done) this.entries.delete(uid);
      else this.entries.set(line.uid, { offset: start, length: end - start, atMs: 0 });
      start = end + 1;
    }
    this.sizeBytes = bytes.length;
  }
}

export function entryLine(uid: string, content: unknown): string {
  return JSON.stringify({ uid, content } satisfies Line);
}

function parseLine(bytes: Buffer): Line | undefined {
  try {
    const line: unknown = JSON.parse(bytes.toString('utf8'));
    return isLine(line) ? line : undefined;
  } catch {
    return undefined;
  }
}

function isLine(line: unknown): line is Line {
  if (typeof line !== 'object' || line === null) return false;
  return 'done' in line ? Array.isArray(line.done) : 'uid' in line && typeof line.uid === 'string' && 'content' in line;
}

async function writeAll(handle: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    written += (await handle.write(bytes, written, bytes.length - written, position + written)).bytesWritten;
  }
}
