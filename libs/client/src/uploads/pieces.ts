import type { HttpStack } from 'tus-js-client';
import { sha256InBase64 } from '../sha256.js';

/** What one request sends. */
export interface Piece {
  /** As XMLHttpRequest, or the HTTP of Node, sends it. */
  body: object;
  sizeBytes: number;
  /** For `Upload-Checksum`, in Base64; undefined where the bytes cannot be hashed before they are sent. */
  sha256: string | undefined;
  /** Nothing comes behind it. */
  isLast: boolean;
  /** Of bodies that are read while they are sent. */
  onError?(listener: (error: unknown) => void): void;
}

export interface BytesPiece extends Piece {
  body: Uint8Array<ArrayBuffer>;
}

/** The bytes of an upload. */
export interface Pieces {
  /** Null where nobody knows before the end. */
  readonly sizeBytes: number | null;
  /** Whether bytes that the gateway has lost can be read again. */
  readonly canRestart: boolean;
  /** Whether a piece takes no memory, however long it is. */
  readonly isStreamed: boolean;
  read(start: number, end: number): Promise<Piece>;
  /** What sends the bodies, where they are no bytes. */
  readonly httpStack?: HttpStack;
  /** The last bytes of what is hashed while it is sent, and the digest of all. */
  readonly ending?: Ending;
}

export interface Ending {
  /** Its first byte. */
  readonly start: number;
  /** From a byte on that is not before the first; the digest is in Base64. */
  read(from: number): Promise<{ bytes: Uint8Array<ArrayBuffer>; sha256: string }>;
}

/** A piece is read and hashed while the one before it is on its way. */
export class BlobPieces implements Pieces {
  readonly sizeBytes: number;
  readonly canRestart = true;
  readonly isStreamed = false;
  private ahead: { start: number; end: number; piece: Promise<BytesPiece> } | undefined;

  constructor(private readonly blob: Blob) {
    this.sizeBytes = blob.size;
  }

  read(start: number, end: number): Promise<BytesPiece> {
    const { ahead } = this;
    const piece = ahead?.start === start && ahead.end === end ? ahead.piece : this.load(start, end);
    this.ahead = undefined;
    if (end < this.sizeBytes) this.readAhead(end, Math.min(end + (end - start), this.sizeBytes));
    return piece;
  }

  private readAhead(start: number, end: number): void {
    const piece = this.load(start, end);
    // It is told where the piece is read.
    piece.catch(() => undefined);
    this.ahead = { start, end, piece };
  }

  private async load(start: number, end: number): Promise<BytesPiece> {
    const bytes = new Uint8Array(await this.blob.slice(start, end).arrayBuffer());
    return toPiece(bytes, end >= this.sizeBytes);
  }
}

/** Keeps the piece that is on its way, and no other: an upload that loses more cannot go on. */
export class StreamPieces implements Pieces {
  readonly sizeBytes = null;
  readonly canRestart = false;
  readonly isStreamed = false;
  private readonly reader: ReadableStreamDefaultReader<Uint8Array>;
  private start = 0;
  private kept: Uint8Array<ArrayBuffer> = new Uint8Array();
  /** Read, and beyond the piece. */
  private rest: Uint8Array | undefined;
  private isOver = false;

  constructor(stream: ReadableStream<Uint8Array>) {
    this.reader = stream.getReader();
  }

  async read(start: number, end: number): Promise<BytesPiece> {
    const behind = this.start + this.kept.length;
    if (start < this.start || start > behind) throw new Error(`a stream cannot be read again from byte ${start}`);
    if (start === behind && !(this.isOver && this.rest === undefined)) {
      this.kept = await this.fill(end - start);
      this.start = start;
    }
    const bytes = this.kept.subarray(start - this.start, end - this.start);
    const isLast = this.isOver && this.rest === undefined && start + bytes.length === this.start + this.kept.length;
    return toPiece(bytes, isLast);
  }

  /** Nobody reads it any more. */
  cancel(reason: unknown): Promise<void> {
    return this.reader.cancel(reason);
  }

  private async fill(sizeBytes: number): Promise<Uint8Array<ArrayBuffer>> {
    const piece = new Uint8Array(sizeBytes);
    let filled = 0;
    // One more read than fills it, which tells whether anything comes behind.
    for (;;) {
      this.rest ??= await this.next();
      if (this.rest === undefined || filled === sizeBytes) return piece.subarray(0, filled);
      const taken = this.rest.subarray(0, sizeBytes - filled);
      piece.set(taken, filled);
      filled += taken.length;
      this.rest = taken.length < this.rest.length ? this.rest.subarray(taken.length) : undefined;
    }
  }

  private async next(): Promise<Uint8Array | undefined> {
    while (!this.isOver) {
      const { done, value } = await this.reader.read();
      if (done) this.isOver = true;
      else if (value.length > 0) return value;
    }
    return undefined;
  }
}

async function toPiece(body: Uint8Array<ArrayBuffer>, isLast: boolean): Promise<BytesPiece> {
  return { body, sizeBytes: body.length, sha256: await sha256InBase64(body), isLast };
}
