import { randomBytes } from 'node:crypto';
import type { FileSort } from '@wharf/contracts';
import { headersOf } from '@wharf/test-kit';

/** A file as its owner knows it. */
export interface OwnFile {
  uid: string;
  bytes: Buffer;
  name: string;
  messageId: string | null;
}

export interface OwnLink {
  id: string;
  token: string;
  uid: string;
}

export const markerPattern = /mark-[0-9a-f]{12}/g;

/** Ids as an issuer may choose them, and as nobody should have to fear them. */
const ids: ((marker: string) => string)[] = [
  (marker) => `0193f000-0000-7000-a000-000000000000 ${marker}`,
  (marker) => `'; drop table files; -- ${marker}`,
  (marker) => `"${marker}"\\`,
  (marker) => `?? ${marker} $1 :uid ::text ?`,
  (marker) => `{${marker},null}`,
  (marker) => `${marker}\r\n\tkey`,
  (marker) => `${marker}.*.>`,
  (marker) => `Å😀ς ${marker} é`,
  (marker) => `%_${marker}%' or '1' = '1`,
  (marker) => marker.padStart(255, 'x'),
];
export const ownerCount = ids.length;

/** Somebody whose files all bear a marker: names, bytes, message ids, metadata, and the id of their owner. */
export class Owner {
  readonly marker = `mark-${randomBytes(6).toString('hex')}`;
  readonly id: string;
  readonly headers: Record<string, string>;
  /** Files that are there, and that nothing is just being done to. */
  readonly files: OwnFile[] = [];
  readonly deleted: OwnFile[] = [];
  readonly links: OwnLink[] = [];
  readonly cursors = new Map<FileSort, string>();
  /** The uid that each of the keys stands for. */
  readonly keyed = new Map<string, string>();
  private made = 0;

  private constructor(index: number) {
    this.id = ids[index]?.(this.marker) as string;
    this.headers = headersOf(this.id, { quota: { max_bytes: null, max_files: 100_000, max_uploads: null } });
  }

  static all(): Owner[] {
    return ids.map((_, index) => new Owner(index));
  }

  /** All of them bear the same words beside the marker, for which everybody searches. */
  newName(): string {
    return `yearly report ${this.marker} ${this.made++}.txt`;
  }

  /** No two files have the same digest. */
  newBytes(sizeBytes: number): Buffer {
    const line = `${this.marker} wrote line ${this.made++}\n`;
    return Buffer.from(line.repeat(1 + Math.ceil(sizeBytes / line.length)));
  }
}

export const sharedMessageId = 'message of everybody';
