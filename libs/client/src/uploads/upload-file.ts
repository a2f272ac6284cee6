import type { FileRecord } from '@wharf/contracts';
import { pause } from '../http/retry.js';
import type { Transport } from '../http/transport.js';
import { WharfError } from '../wharf-error.js';
import type { LocalFile } from './local-file.js';
import { BlobPieces, type Pieces, StreamPieces } from './pieces.js';
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

export type UploadSource = Blob | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> | LocalFile;

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
    const described = { ...knownOf(file), ...options } as UploadOptions;
    if (file instanceof ReadableStream) return this.sendStream(file, described);
    if (!(file instanceof Blob)) return this.sendLocalFile(file, described);
    const size = await this.pieceBytesFor(file.size, described);
    if (file.size > Math.min(size, mostAtOnceBytes))
      return this.sendPieces(new BlobPieces(file), { ...described, pieceBytes: size });
    const record = await sendAtOnce(this.transport, new Uint8Array(await file.arrayBuffer()), described);
    return { uid: record.uid, record };
  }

  private async sendLocalFile(file: LocalFile, options: UploadOptions): Promise<Uploaded> {
    try {
      const limit = await this.pieceBytesFor(file.sizeBytes, options, Number.POSITIVE_INFINITY);
      if (file.sizeBytes > Math.min(limit, mostAtOnceBytes)) {
        return await this.sendPieces(file.pieces(), { ...options, pieceBytes: limit });
      }
      const record = await sendAtOnce(this.transport, await file.bytes(), options);
      return { uid: record.uid, record };
    } finally {
      await file.close();
    }
  }

  private async sendStream(stream: ReadableStream<Uint8Array>, options: UploadOptions): Promise<Uploaded> {
    const size = await this.pieceBytesFor(Number.POSITIVE_INFINITY, options);
    const pieces = new StreamPieces(stream);
    try {
      const first = await pieces.read(0, size);
      if (!first.isLast || first.sizeBytes > mostAtOnceBytes)
        return await this.sendPieces(pieces, { ...options, pieceBytes: size });
      const record = await sendAtOnce(this.transport, first.body, options);
      return { uid: record.uid, record };
    } catch (error) {
      await pieces.cancel(error).catch(() => undefined);
      throw error;
    }
  }

  private async sendPieces(pieces: Pieces, options: UploadOptions & { pieceBytes: number }): Promise<Uploaded> {
    const { record, uid } = await sendInPieces(this.transport, pieces, options);
    if (options.request) return { uid, record: null };
    return { uid, record: record ?? (await this.findRecord(uid, options.signal)) };
  }

  /** Of a request: at most `most`. */
  private async pieceBytesFor(sizeBytes: number, { signal }: UploadOptions, most = pieceBytes): Promise<number> {
    if (sizeBytes <= neverLimitedBytes) return most;
    this.limit ??= readAppendLimit(this.transport, signal);
    try {
      return Math.min(most, (await this.limit) ?? most);
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

function knownOf(file: Blob | ReadableStream | LocalFile): Pick<UploadOptions, 'name' | 'type' | 'fingerprint'> {
  if (file instanceof ReadableStream) return {};
  if (!(file instanceof Blob)) return { name: file.name, fingerprint: file.fingerprint };
  const fingerprint = fingerprintOf(file);
  return {
    ...(fingerprint !== undefined && { fingerprint }),
    ...('name' in file && { name: String(file.name) }),
    ...(file.type !== '' && { type: file.type }),
  };
}
