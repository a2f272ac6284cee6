import { DetailedError, type HttpRequest, type UploadOptions as TusOptions, Upload } from 'tus-js-client';
import { retry } from '../http/retry.js';
import type { Transport } from '../http/transport.js';
import { errorOf, unreachable, WharfError } from '../wharf-error.js';
import type { Piece, Pieces } from './pieces.js';
import { requestHeaders, toText, type UploadOptions } from './upload-options.js';

/** A request that makes no progress for so long has lost its gateway. */
const silenceMs = 120_000;

/** On a network that breaks off all the time; a piece that breaks off begins anew. */
const leastPieceBytes = 256 * 1024;

interface SendOptions extends UploadOptions {
  pieceBytes: number;
}

/**
 * Sends a file by tus 1.0, piece by piece, each with its digest. Whatever breaks off goes on at the offset that the gateway tells, and after a
 * restart too where there are a store and a fingerprint. Returns the uid. Throws WharfError, and the reason of the signal.
 */
export async function sendInPieces(transport: Transport, pieces: Pieces, options: SendOptions): Promise<string> {
  const { fingerprint, request, signal, store } = options;
  const remembered = fingerprint !== undefined && store ? { fingerprint, store } : undefined;
  let url = await remembered?.store.find(remembered.fingerprint);
  let mayRestart = pieces.canRestart;
  const onUrl = async (found: string) => {
    url = found;
    await remembered?.store.keep(remembered.fingerprint, found);
  };
  let { pieceBytes } = options;
  const attempt = (onProgress: () => void) =>
    transport.withRenewal(
      async () => {
        const headers = request ? requestHeaders({ request }) : await transport.credentials.headers();
        await sendByTus({ transport, pieces, options: { ...options, pieceBytes }, headers, url, onProgress, onUrl });
      },
      { withoutCredentials: !!request },
    );
  const { patienceMs } = transport;
  await retry({ patienceMs, signal }, async (onProgress) => {
    let isPieceSent = false;
    try {
      await attempt(() => {
        isPieceSent = true;
        onProgress();
      });
    } catch (error) {
      if (!isPieceSent) pieceBytes = Math.max(Math.floor(pieceBytes / 2), Math.min(pieceBytes, leastPieceBytes));
      if (url === undefined || !mayRestart || !isGone(error)) throw error;
      mayRestart = false;
      url = undefined;
      await attempt(onProgress);
    }
  });
  await remembered?.store.forget(remembered.fingerprint);
  return new URL(String(url)).pathname.split('/').at(-1) as string;
}

/** It has expired, or its bytes were lost. */
function isGone(error: unknown): boolean {
  return error instanceof WharfError && ['file_not_found', 'file_expired'].includes(error.code);
}

interface Attempt {
  transport: Transport;
  pieces: Pieces;
  options: SendOptions;
  headers: Record<string, string>;
  /** Of an upload that has begun. */
  url: string | undefined;
  onProgress: () => void;
  onUrl: (url: string) => Promise<void>;
}

/** Until all is sent, or something goes wrong: what comes then is not decided by tus-js-client, which begins anew after any refusal. */
function sendByTus({ headers, onProgress, onUrl, options, pieces, transport, url }: Attempt): Promise<void> {
  const { signal } = options;
  return new Promise((resolve, reject) => {
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
      ...readBy(pieces),
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
      onChunkComplete: onProgress,
      onSuccess: () => end(() => void keeping.then(resolve, reject)),
      onError: (error) => end(() => reject(toWharfError(error, transport))),
    });
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

/** The piece that is read is the one that is sent next. */
function readBy(pieces: Pieces): Pick<TusOptions, 'fileReader' | 'onBeforeRequest'> {
  let current: Piece | undefined;
  const source = {
    size: pieces.sizeBytes as number,
    async slice(start: number, end: number) {
      current = await pieces.read(start, end);
      const { bytes, isLast } = current;
      return { value: Object.assign(bytes, { size: bytes.length }), done: isLast };
    },
    close: () => undefined,
  };
  return {
    fileReader: { openFile: () => Promise.resolve(source) },
    onBeforeRequest(request: HttpRequest) {
      if (request.getMethod() === 'PATCH' && current?.sha256 !== undefined)
        request.setHeader('Upload-Checksum', `sha256 ${current.sha256}`);
    },
  };
}

function toWharfError(error: Error | DetailedError, { api }: Transport): unknown {
  if (!(error instanceof DetailedError)) return error;
  const { causingError, originalResponse: answer } = error;
  if (!answer) return unreachable(api, causingError ?? error);
  // An answer that is no refusal and makes no sense comes from something in between.
  if (answer.getStatus() < 400) return unreachable(api, error);
  return errorOf({ status: answer.getStatus(), body: answer.getBody(), header: (name) => answer.getHeader(name) });
}
