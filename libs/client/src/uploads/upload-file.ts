import type { FileRecord } from '@wharf/contracts';
import { pause } from '../http/retry.js';
import type { Transport } from '../http/transport.js';
import { WharfError } from '../wharf-error.js';
import { readAppendLimit } from './append-limit.js';
import type { LocalFile } from './local-file.js';
import { BlobPieces, type Pieces, StreamPieces } from './pieces.js';
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
    if (!(await this.goesAtOnce(file.size, described.signal))) return this.sendPieces(new BlobPieces(file), described);
    return this.sendBytes(new Uint8Array(await file.arrayBuffer()), described);
  }

  private async sendLocalFile(file: LocalFile, options: UploadOptions): Promise<Uploaded> {
    try {
      if (await this.goesAtOnce(file.sizeBytes, options.signal))
        return await this.sendBytes(await file.bytes(), options);
      return await this.sendPieces(file.pieces(), options);
    } finally {
      await file.close();
    }
  }

  private async sendStream(stream: ReadableStream<Uint8Array>, options: UploadOptions): Promise<Uploaded> {
    const pieces = new StreamPieces(stream);
    try {
      const { body, isLast } = await pieces.read(0, pieceBytes);
      if (isLast && (await this.goesAtOnce(body.length, options.signal))) return await this.sendBytes(body, options);
      return await this.sendPieces(pieces, options);
    } catch (error) {
      await pieces.cancel(error).catch(() => undefined);
      throw error;
    }
  }

  private async sendBytes(bytes: Uint8Array<ArrayBuffer>, options: UploadOptions): Promise<Uploaded> {
    const record = await sendAtOnce(this.transport, bytes, options);
    return { uid: record.uid, record: options.request ? null : record };
  }

  private async sendPieces(pieces: Pieces, options: UploadOptions): Promise<Uploaded> {
    const most = pieces.isStreamed ? Number.POSITIVE_INFINITY : pieceBytes;
    const { record, uid } = await sendInPieces(this.transport, pieces, { ...options, pieceBytes: most });
    if (options.request) return { uid, record: null };
    return { uid, record: record ?? (await this.findRecord(uid, options.signal)) };
  }

  private async goesAtOnce(sizeBytes: number, signal: AbortSignal | undefined): Promise<boolean> {
    if (sizeBytes <= neverLimitedBytes) return true;
    if (sizeBytes > mostAtOnceBytes) return false;
    this.limit ??= readAppendLimit(this.transport, signal);
    try {
      return sizeBytes <= ((await this.limit) ?? sizeBytes);
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
