import type { FileRecord } from '@wharf/contracts';
import { DetailedError, type HttpRequest, type UploadOptions as TusOptions, Upload } from 'tus-js-client';
import { retry } from '../http/retry.js';
import { sendBytes } from '../http/send-bytes.js';
import type { Transport } from '../http/transport.js';
import { errorOf, unreachable, WharfError } from '../wharf-error.js';
import { appendLimitOf } from './append-limit.js';
import type { Ending, Piece, Pieces } from './pieces.js';
import { requestHeaders, toText, type UploadOptions } from './upload-options.js';

/** A request that makes no progress for so long has lost its gateway. */
const silenceMs = 120_000;

/** On a network that breaks off all the time; a piece that breaks off begins anew. */
const leastPieceBytes = 256 * 1024;

interface SendOptions extends UploadOptions {
  pieceBytes: number;
}

/**
 * Sends a file by tus 1.0, piece by piece. Whatever breaks off goes on at the offset that the gateway tells, and after a restart too where there
 * are a store and a fingerprint. Throws WharfError, and the reason of the signal.
 */
export async function sendInPieces(
  transport: Transport,
  pieces: Pieces,
  options: SendOptions,
): Promise<{ uid: string; record: FileRecord | undefined }> {
  const { fingerprint, request, signal, store } = options;
  const remembered = fingerprint !== undefined && store ? { fingerprint, store } : undefined;
  let url = await remembered?.store.find(remembered.fingerprint);
  let mayRestart = pieces.canRestart;
  let { pieceBytes } = options;
  const onUrl = async (found: string) => {
    url = found;
    await remembered?.store.keep(remembered.fingerprint, found);
  };
  let furthest = 0;
  const attempt = (onProgress: () => void) =>
    transport.withRenewal(
      async () => {
        const headers = request ? requestHeaders({ request }) : await transport.credentials.headers();
        const sent = { transport, pieces, options: { ...options, pieceBytes }, headers };
        const onOffset = (offset: number) => {
          if (offset > furthest) onProgress();
          furthest = Math.max(furthest, offset);
        };
        const offset = await sendByTus({ ...sent, url, onOffset, onUrl });
        return offset === undefined ? undefined : sendEnding({ ...sent, url: String(url), offset });
      },
      { withoutCredentials: !!request },
    );
  const { patienceMs } = transport;
  const record = await retry({ patienceMs, signal }, async (onProgress) => {
    let isPieceSent = false;
    try {
      return await attempt(() => {
        isPieceSent = true;
        onProgress();
      });
    } catch (error) {
      if (!isPieceSent && !pieces.isStreamed) pieceBytes = halved(pieceBytes);
      if (url === undefined || !mayRestart || !isGone(error)) throw error;
      mayRestart = false;
      furthest = 0;
      url = undefined;
      return attempt(onProgress);
    }
  });
  await remembered?.store.forget(remembered.fingerprint);
  return { uid: new URL(String(url)).pathname.split('/').at(-1) as string, record };
}

function halved(bytes: number): number {
  return Math.max(Math.floor(bytes / 2), Math.min(bytes, leastPieceBytes));
}

/** It has expired, or its bytes were lost. */
function isGone(error: unknown): boolean {
  return error instanceof WharfError && ['file_not_found', 'file_expired'].includes(error.code);
}

interface Sending {
  transport: Transport;
  pieces: Pieces;
  options: SendOptions;
  headers: Record<string, string>;
  url: string;
}

interface Attempt extends Omit<Sending, 'url'> {
  /** Of an upload that has begun. */
  url: string | undefined;
  /** The gateway has all that is before it. */
  onOffset: (offset: number) => void;
  onUrl: (url: string) => Promise<void>;
}

/**
 * Until all is sent but the ending, whose offset it returns where there is one; or something goes wrong: what comes then is not decided by
 * tus-js-client, which begins anew after any refusal.
 */
function sendByTus({
  headers,
  onOffset,
  onUrl,
  options,
  pieces,
  transport,
  url,
}: Attempt): Promise<number | undefined> {
  const { signal } = options;
  return new Promise((resolve, reject) => {
    const reader = new PieceReader(pieces);
    let keeping: Promise<void> = Promise.resolve();
    let silence: ReturnType<typeof setTimeout> | undefined;
    const end = (work: () => void) => {
      clearTimeout(silence);
      signal?.removeEventListener('abort', onAbort);
      work();
    };
    const breakOff = (reason: unknown) => {
      void upload.abort();
      end(() => reject(reason));
    };
    const onAbort = () => breakOff(signal?.reason);
    const listen = () => {
      clearTimeout(silence);
      silence = setTimeout(
        () => breakOff(new WharfError('unavailable', 'the gateway says nothing any more')),
        silenceMs,
      );
    };
    const upload: Upload = new Upload(new Blob([]), {
      ...(url === undefined ? { endpoint: transport.addressOf('uploads') } : { uploadUrl: url }),
      ...describe(pieces, options),
      fileReader: reader,
      ...(pieces.httpStack && { httpStack: pieces.httpStack }),
      onBeforeRequest: (request) => reader.state(request),
      onAfterResponse: (_request, answer) => {
        const limit = appendLimitOf(answer.getHeader('Upload-Limit'));
        if (limit !== undefined) upload.options.chunkSize = Math.min(options.pieceBytes, limit);
      },
      headers,
      retryDelays: null,
      storeFingerprintForResuming: false,
      onUploadUrlAvailable: () => {
        transport.noteAnswer();
        keeping = onUrl(String(upload.url));
        // It is told at the end.
        keeping.catch(() => undefined);
      },
      onProgress: (sent, total) => {
        listen();
        options.onProgress?.(sent, total ?? null);
      },
      onSuccess: () => end(() => void keeping.then(() => resolve(undefined), reject)),
      onError: (error) => end(() => reject(toWharfError(error, transport))),
    });
    reader.onError = breakOff;
    reader.onOffset = onOffset;
    reader.onEnding = (offset) => {
      void upload.abort();
      end(() => void keeping.then(() => resolve(offset), reject));
    };
    listen();
    if (signal?.aborted) return onAbort();
    signal?.addEventListener('abort', onAbort, { once: true });
    upload.start();
  });
}

function describe(pieces: Pieces, { name, options, pieceBytes, type }: SendOptions): TusOptions {
  return {
    chunkSize: pieceBytes,
    metadata: { ...(name !== undefined && { filename: name }), ...(type && { filetype: type }), ...toText(options) },
    ...(pieces.sizeBytes === null ? { uploadLengthDeferred: true } : { uploadSize: pieces.sizeBytes }),
    fingerprint: () => Promise.resolve(null as unknown as string),
  };
}

/** What tus-js-client reads by. The piece that is read is the one that is sent next. */
class PieceReader {
  onError: (error: unknown) => void = () => undefined;
  onOffset: (offset: number) => void = () => undefined;
  /** All that is before the ending is sent. */
  onEnding: (offset: number) => void = () => undefined;
  private current: Piece | undefined;

  constructor(private readonly pieces: Pieces) {}

  openFile() {
    const { sizeBytes } = this.pieces;
    const slice = (start: number, end: number) => this.slice(start, end);
    return Promise.resolve({ size: sizeBytes as number, slice, close: () => undefined });
  }

  state(request: HttpRequest): void {
    if (request.getMethod() !== 'PATCH' || this.current?.sha256 === undefined) return;
    request.setHeader('Upload-Checksum', `sha256 ${this.current.sha256}`);
  }

  private async slice(start: number, end: number): Promise<{ value: object; done: boolean }> {
    const { ending } = this.pieces;
    this.onOffset(start);
    if (ending && start >= ending.start) {
      this.onEnding(start);
      return new Promise(() => undefined);
    }
    this.current = await this.pieces.read(start, ending ? Math.min(end, ending.start) : end);
    const { body, isLast, sizeBytes } = this.current;
    this.current.onError?.(this.onError);
    return { value: Object.assign(body, { size: sizeBytes }), done: isLast };
  }
}

/**
 * The last bytes, with the digest of all: the gateway compares it before it stores. By the IETF protocol, in which it reads the same upload, since
 * tus has no word for that; and the answer is about the file.
 */
async function sendEnding({ headers, offset, options, pieces, url }: Sending & { offset: number }) {
  const { bytes, sha256 } = await (pieces.ending as Ending).read(offset);
  const record = await sendBytes<FileRecord>({
    ...{ method: 'PATCH', address: url, bytes, signal: options.signal },
    headers: {
      ...headers,
      'Content-Type': 'application/partial-upload',
      'Upload-Offset': String(offset),
      'Upload-Complete': '?1',
      'Repr-Digest': `sha-256=:${sha256}:`,
    },
  });
  options.onProgress?.(offset + bytes.length, pieces.sizeBytes);
  return record;
}

function toWharfError(error: Error | DetailedError, { api }: Transport): unknown {
  if (!(error instanceof DetailedError)) return error;
  const { causingError, originalResponse: answer } = error;
  if (!answer) return unreachable(api, causingError ?? error);
  // An answer that is no refusal and makes no sense comes from something in between.
  if (answer.getStatus() < 400) return unreachable(api, error);
  return errorOf({ status: answer.getStatus(), body: answer.getBody(), header: (name) => answer.getHeader(name) });
}
