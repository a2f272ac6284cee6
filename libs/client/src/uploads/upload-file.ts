import type { FileRecord } from '@wharf/contracts';
import { pause } from '../http/retry.js';
import type { Transport } from '../http/transport.js';
import { WharfError } from '../wharf-error.js';
import { BlobPieces, type Piece, type Pieces, StreamPieces } from './pieces.js';
import { readAppendLimit } from './read-limits.js';
import { sendAtOnce } from './send-at-once.js';
import { sendInPieces } from './send-in-pieces.js';
import { fingerprintOf, type UploadOptions } from './upload-options.js';

/** What is longer is sent in pieces: they go on where they break off. */
export const mostAtOnceBytes = 4 * 1024 * 1024;
/** Of each but the last one; less where the gateway, or the network, does not take as much. */
export const pieceBytes = 16 * 1024 * 1024;
/** What is shorter passes every proxy. */
const neverLimitedBytes = 1024 * 1024;
const recordWaitMs = 10_000;

export type UploadSource = Blob | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>;

export interface Uploaded {
  uid: string;
  /** Null where the credentials of the upload may not read it. */
  record: FileRecord | null;
}

/** Uploads through one gateway. */
export class Uploads {
  private limit: Promise<number | undefined> | undefined;

  constructor(private readonly transport: Transport) {}

  /** Throws WharfError, the reason of the signal, and what reading the source throws. */
  async send(source: UploadSource, options: UploadOptions): Promise<Uploaded> {
    options.signal?.throwIfAborted();
    const file = source instanceof Uint8Array ? new Blob([source]) : source;
    const described = { fingerprint: fingerprintOf(file), ...namedAs(file), ...options } as UploadOptions;
    if (!(file instanceof Blob)) return this.sendStream(file, described);
    const size = await this.pieceBytesFor(file.size, described);
    if (file.size > Math.min(size, mostAtOnceBytes))
      return this.sendPieces(new BlobPieces(file), { ...described, pieceBytes: size });
    const record = await sendAtOnce(this.transport, new Uint8Array(await file.arrayBuffer()), described);
    return { uid: record.uid, record };
  }

  private async sendStream(stream: ReadableStream<Uint8Array>, options: UploadOptions): Promise<Uploaded> {
    const size = await this.pieceBytesFor(Number.POSITIVE_INFINITY, options);
    const pieces = new StreamPieces(stream);
    try {
      const first: Piece = await pieces.read(0, size);
      if (!first.isLast || first.bytes.length > mostAtOnceBytes)
        return await this.sendPieces(pieces, { ...options, pieceBytes: size });
      const record = await sendAtOnce(this.transport, first.bytes, options);
      return { uid: record.uid, record };
    } catch (error) {
      await pieces.cancel(error).catch(() => undefined);
      throw error;
    }
  }

  private async sendPieces(pieces: Pieces, options: UploadOptions & { pieceBytes: number }): Promise<Uploaded> {
    const uid = await sendInPieces(this.transport, pieces, options);
    return { uid, record: options.request ? null : await this.findRecord(uid, options.signal) };
  }

  private async pieceBytesFor(sizeBytes: number, { signal }: UploadOptions): Promise<number> {
    if (sizeBytes <= neverLimitedBytes) return pieceBytes;
    this.limit ??= readAppendLimit(this.transport, signal);
    try {
      return Math.min(pieceBytes, (await this.limit) ?? pieceBytes);
    } catch (error) {
      this.limit = undefined;
      throw error;
    }
  }

  /** The record follows the bytes. */
  private async findRecord(uid: string, signal: AbortSignal | undefined): Promise<FileRecord | null> {
    const until = Date.now() + recordWaitMs;
    for (;;) {
      try {
        return await this.transport.json<FileRecord>('GET', `files/${uid}/metadata`, { signal });
      } catch (error) {
        if (!(error instanceof WharfError)) throw error;
        if (error.code !== 'file_not_found' || Date.now() > until) return null;
      }
      await pause(100, signal);
    }
  }
}

function namedAs(file: Blob | ReadableStream): { name?: string; type?: string } {
  if (!(file instanceof Blob)) return {};
  return { ...('name' in file && { name: String(file.name) }), ...(file.type !== '' && { type: file.type }) };
}
