import type { SmallFile } from '../threads/disk-threads.js';

/** A line of a segment: a promise, with bytes in base64, or the uids whose promises were kept or taken back. */
export type Line = { uid: string; content: unknown; bytes?: string } | { done: string[] };

/** On its way to the disk. */
export interface Entry {
  uid: string;
  line: EntryLine;
}

export interface EntryLine {
  /** All of it, or what stands before the body's bytes. They meet only in the thread that writes them. */
  text: string;
  body: SmallFile | undefined;
}

/** What stands after a body's bytes. */
export const bodyEnd = '"}\n';

export function entryLine(uid: string, content: unknown, body?: SmallFile): EntryLine {
  const text = lineOf({ uid, content });
  // Put in by hand: base64 has nothing to escape.
  return body ? { text: `${text.slice(0, -2)},"bytes":"`, body } : { text, body };
}

export function lineOf(line: Line): string {
  return `${JSON.stringify(line)}\n`;
}

export function lengthOf({ body, text }: EntryLine): number {
  const textBytes = Buffer.byteLength(text);
  return body ? textBytes + Math.ceil(body.bytes.length / 3) * 4 + bodyEnd.length : textBytes;
}

export function parseLine(bytes: Buffer): Line | undefined {
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
