import { directoryEntry, endOfDirectory } from './directory.js';
import { dataDescriptor, localHeader } from './entry-frame.js';
import type { WrittenEntry, ZipEntry } from './zip-entry.js';

const chunkBytes = 64 * 1024;

/**
 * The frame of a zip archive whose entries are stored as they are: it makes what stands around their bytes, which whoever uses it sends between
 * `begin` and `finish`. What it keeps of an entry is what its directory says in the end.
 */
export class ZipWriter {
  private readonly written: WrittenEntry[] = [];
  private offset = 0;

  /** To be sent before the bytes of the entry. */
  begin(entry: ZipEntry): Buffer {
    const header = localHeader(entry);
    this.written.push({ ...entry, crc32: 0, offset: this.offset });
    this.offset += header.length + entry.sizeBytes;
    return header;
  }

  /** To be sent behind the bytes of the entry that was begun last. */
  finish(crc32: number): Buffer {
    const entry = this.written.at(-1) as WrittenEntry;
    entry.crc32 = crc32;
    const descriptor = dataDescriptor(entry, crc32);
    this.offset += descriptor.length;
    return descriptor;
  }

  /** To be sent behind all entries, in pieces. */
  *end(): Generator<Buffer> {
    let pending: Buffer[] = [];
    let [pendingBytes, sizeBytes] = [0, 0];
    for (const entry of this.written) {
      const piece = directoryEntry(entry);
      pending.push(piece);
      pendingBytes += piece.length;
      sizeBytes += piece.length;
      if (pendingBytes < chunkBytes) continue;
      yield Buffer.concat(pending);
      [pending, pendingBytes] = [[], 0];
    }
    pending.push(endOfDirectory({ count: this.written.length, offset: this.offset, sizeBytes }));
    yield Buffer.concat(pending);
  }
}

/** Bytes of the archive that these entries make. It is what the writer makes, with nothing in it. */
export function archiveBytes(entries: readonly ZipEntry[]): number {
  const writer = new ZipWriter();
  let bytes = 0;
  for (const entry of entries) {
    bytes += writer.begin(entry).length + entry.sizeBytes;
    bytes += writer.finish(0).length;
  }
  for (const piece of writer.end()) bytes += piece.length;
  return bytes;
}
