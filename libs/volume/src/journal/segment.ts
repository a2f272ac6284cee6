import { type FileHandle, open, readFile, rename, stat, unlink, utimes } from 'node:fs/promises';
import { AppError, dueFault, ifMissing, type Rejected } from '@wharf/service-kit';
import type { Durability } from '../durability.js';
import type { BodyFault, LogPiece } from '../threads/disk-request.js';
import { type DiskThreads, packBodies, rejections } from '../threads/disk-threads.js';
import { bodyEnd, type Entry, lengthOf, lineOf, parseLine } from './line.js';

interface Span {
  offset: number;
  /** With the line's end. */
  length: number;
  /** When it was written, by this process's clock; 0 for one that another process wrote. */
  atMs: number;
}

const noBody = { bytes: Buffer.alloc(0) };

/** A promise: its event and, of a short body, the bytes, which may be nowhere else yet. */
export interface JournalEntry {
  content: unknown;
  bytes: Buffer | undefined;
}

/**
 * One file of the journal: lines of JSON that only its owner appends to. What is remembered of an entry is where it
 * stands, not what it says: an outage of hours leaves many.
 */
export class JournalSegment {
  readonly openedAtMs = Date.now();
  /** Of the lines. */
  sizeBytes = 0;
  /** In the thread that appends to it. */
  private isOpen = false;
  /** Lines that nobody can read, before the end: something happened to the disk. */
  isDamaged = false;
  private readonly entries = new Map<string, Span>();
  private readonly marks: string[] = [];

  private constructor(
    readonly path: string,
    private readonly durability: Durability,
    private readonly disk: DiskThreads,
  ) {}

  static async create(path: string, durability: Durability, disk: DiskThreads): Promise<JournalSegment> {
    await (await open(path, 'wx')).close();
    return new JournalSegment(path, durability, disk);
  }

  /** One that another process has left, under the name that it has now. Nothing is appended to it any more. */
  static async load(path: string, durability: Durability, disk: DiskThreads): Promise<JournalSegment> {
    const segment = new JournalSegment(path, durability, disk);
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

  async read(uid: string): Promise<JournalEntry> {
    const span = this.entries.get(uid);
    if (!span) throw new AppError('file_not_found', 'no journal entry');
    const handle = await open(this.path, 'r');
    try {
      const { buffer } = await handle.read(Buffer.alloc(span.length), 0, span.length, span.offset);
      const line = parseLine(buffer);
      if (!line || 'done' in line) throw new AppError('internal', 'a journal entry cannot be read');
      return { content: line.content, bytes: line.bytes === undefined ? undefined : Buffer.from(line.bytes, 'base64') };
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
   * Appends entries, and the marks that wait, in one write and one sync, and then places the bodies that have a path. Returns once the entries survive
   * the machine (with `fsync`), for each of them what kept its body from its place, if anything did.
   * Undefined when the file was adopted by another process before, which may not have seen them: write them elsewhere. `taken` when it was adopted
   * right after: that process finishes them. Nothing is placed in either case.
   * After a failure nothing of it stays, as far as the disk allows that.
   */
  async append(batch: readonly Entry[]): Promise<(undefined | Rejected)[] | 'taken' | undefined> {
    const done = this.marks.splice(0);
    // Marks speak of what stands before them: an entry may be written once more.
    const marks = done.length > 0 ? lineOf({ done }) : '';
    let offset = this.sizeBytes + Buffer.byteLength(marks);
    const endBytes = batch.reduce((end, { line }) => end + lengthOf(line), offset);
    const rejected = await this.write(marks, batch, endBytes - this.sizeBytes);
    if (!Array.isArray(rejected)) return rejected;
    const atMs = Date.now();
    for (const { line, uid } of batch) {
      const length = lengthOf(line);
      this.entries.set(uid, { offset, length, atMs });
      offset += length;
    }
    this.sizeBytes = offset;
    return rejected;
  }

  /** Overwrites an entry, durably: that takes no room on a disk that may be full. */
  async erase(uid: string): Promise<void> {
    const span = this.entries.get(uid);
    if (!span) return;
    // It may have been written more than once: the mark speaks of the others.
    this.forget(uid);
    const nothing = lineOf({ done: [] }).trimEnd();
    const handle = await open(this.path, 'r+');
    try {
      await writeAll(handle, Buffer.from(nothing.padEnd(span.length - 1)), span.offset);
      if (this.durability === 'fsync') await handle.datasync();
    } finally {
      await handle.close();
    }
  }

  /** Gives the descriptor back; the entries stay. Idempotent. */
  async close(): Promise<void> {
    if (!this.isOpen) return;
    this.isOpen = false;
    await this.disk.request({ step: 'close', path: this.path });
  }

  /** Says that its owner lives. False when another process has adopted it. */
  async touch(): Promise<boolean> {
    const now = new Date();
    return ifMissing(
      utimes(this.path, now, now).then(() => true),
      false,
    );
  }

  /** Removes the file; a damaged one is kept under another name, for whoever can read more of it. */
  async remove(): Promise<void> {
    await this.close();
    await ifMissing(this.isDamaged ? rename(this.path, `${this.path}.damaged`) : unlink(this.path), undefined);
  }

  /** False once another process has adopted it. */
  async isInPlace(): Promise<boolean> {
    return (await ifMissing(stat(this.path)))?.isFile() ?? false;
  }

  /** At the end of the lines. Undefined when the file is no longer in its place. */
  private async write(
    marks: string,
    batch: readonly Entry[],
    sizeBytes: number,
  ): Promise<(undefined | Rejected)[] | 'taken' | undefined> {
    const { durability, path, sizeBytes: position } = this;
    const isSynced = durability === 'fsync';
    const pieces = batch.flatMap(({ line }, number): LogPiece[] =>
      line.body ? [line.text, number, bodyEnd] : [line.text],
    );
    const bodies = packBodies(batch.map(({ line }) => line.body ?? noBody));
    const log = { path, position, pieces: [marks, ...pieces], sizeBytes, isSynced };
    this.isOpen = true;
    const answer = await this.disk.request({ step: 'append', bodies, ...log, fault: faultOf(batch) });
    if (answer.isTaken) return 'taken';
    return answer.isInPlace ? rejections(answer) : undefined;
  }

  private take(bytes: Buffer): void {
    for (let start = 0; start < bytes.length; ) {
      const end = bytes.indexOf(0x0a, start);
      // What was being written when its process died was promised to nobody.
      if (end === -1) break;
      const line = parseLine(bytes.subarray(start, end));
      if (!line) this.isDamaged = true;
      else if ('done' in line) for (const uid of line.done) this.entries.delete(uid);
      else this.entries.set(line.uid, { offset: start, length: end + 1 - start, atMs: 0 });
      start = end + 1;
    }
    this.sizeBytes = bytes.length;
  }
}

/** Between the entry and the placing of a body, in the thread that does both. */
function faultOf(batch: readonly Entry[]): BodyFault | undefined {
  for (const [body, { line }] of batch.entries()) {
    const fault = line.body?.path === undefined ? undefined : dueFault('gateway.journal_written');
    if (fault) return { body, ...fault };
  }
  return undefined;
}

async function writeAll(handle: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    written += (await handle.write(bytes, written, bytes.length - written, position + written)).bytesWritten;
  }
}
