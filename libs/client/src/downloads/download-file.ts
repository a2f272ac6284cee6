import type { RequestOptions, Transport } from '../http/transport.js';
import { createSha256, type Sha256 } from '../sha256.js';
import { WharfError } from '../wharf-error.js';
import { ResumedBody } from './resumed-body.js';

export interface DownloadOptions {
  /** What is there already of the file with this digest; the body then begins behind it. */
  kept?: { sizeBytes: number; sha256: string; bytes: AsyncIterable<Uint8Array> };
  /** Of the whole file, what is kept included. */
  onProgress?: (receivedBytes: number, totalBytes: number | null) => void;
  signal?: AbortSignal;
}

export interface Download {
  name: string;
  type: string;
  /** Of the whole file; null where nobody says. */
  sizeBytes: number | null;
  /** As hex; null for what has no digest, such as an archive. */
  sha256: string | null;
  /**
   * Goes on where a connection breaks off. It ends with an error where the bytes are not those of the digest, and where the file cannot be read to its
   * end: a short body never looks complete.
   */
  body: ReadableStream<Uint8Array>;
}

/** Throws WharfError, and the reason of the signal. */
export async function downloadFile(
  transport: Transport,
  path: string,
  { headers, kept, onProgress, signal, withoutCredentials = false }: DownloadOptions & RequestOptions,
): Promise<Download> {
  const hash = createSha256();
  for await (const chunk of kept?.bytes ?? []) hash.update(chunk);
  const offset = kept?.sizeBytes ?? 0;
  const request = (from: number, etag: string | null) =>
    transport.request('GET', path, { headers: { ...headers, ...rangeFrom(from, etag) }, signal, withoutCredentials });
  const first = await request(offset, kept ? `"${kept.sha256}"` : null);
  const sha256 = digestOf(first);
  if (kept && sha256 !== null && sha256 !== kept.sha256) {
    await first.body?.cancel();
    throw new WharfError('conflict', 'what is there already is of another file');
  }
  const sizeBytes = sizeOf(first);
  const etag = first.headers.get('ETag');
  const body = new ResumedBody({
    open: (from) => request(from, etag),
    ...{ first, offset, sizeBytes, signal, address: transport.api, patienceMs: transport.patienceMs },
    canResume: etag !== null && sizeBytes !== null,
  });
  const verified = verify(body, { hash, sha256, offset, onProgress: (done) => onProgress?.(done, sizeBytes) });
  return { name: nameOf(first), type: first.headers.get('Content-Type') ?? '', sizeBytes, sha256, body: verified };
}

interface Verification {
  hash: Sha256;
  sha256: string | null;
  offset: number;
  onProgress: (receivedBytes: number) => void;
}

function verify(body: ResumedBody, { hash, offset, onProgress, sha256 }: Verification): ReadableStream<Uint8Array> {
  let received = offset;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const chunk = await body.next();
      if (chunk) {
        hash.update(chunk);
        received += chunk.length;
        onProgress(received);
        return controller.enqueue(chunk);
      }
      const found = await hash.digest();
      if (sha256 !== null && found !== undefined && found !== sha256)
        throw new WharfError('digest_mismatch', 'what arrived is not the file');
      controller.close();
    },
    cancel: (reason) => body.cancel(reason),
  });
}

/** Nothing in between may change the bytes. */
function rangeFrom(offset: number, etag: string | null): Record<string, string> {
  const plain = { 'Accept-Encoding': 'identity' };
  if (offset === 0) return plain;
  return { ...plain, Range: `bytes=${offset}-`, ...(etag !== null && { 'If-Range': etag }) };
}

function digestOf({ headers }: Response): string | null {
  const [, encoded] = /(?:^|,\s*)sha-256=:([A-Za-z0-9+/=]+):/.exec(headers.get('Repr-Digest') ?? '') ?? [];
  if (encoded === undefined) return null;
  return Array.from(atob(encoded), (char) => char.charCodeAt(0).toString(16).padStart(2, '0')).join('');
}

function sizeOf({ headers, status }: Response): number | null {
  const text =
    status === 206 ? /\/(\d+)$/.exec(headers.get('Content-Range') ?? '')?.[1] : headers.get('Content-Length');
  return text && headers.get('Content-Encoding') === null ? Number(text) : null;
}

/** RFC 6266: `filename*` wins. */
function nameOf({ headers }: Response): string {
  const disposition = headers.get('Content-Disposition') ?? '';
  const [, extended] = /filename\*=UTF-8''([^;]+)/i.exec(disposition) ?? [];
  if (extended !== undefined) return decodeURIComponent(extended);
  const [, quoted, plain] = /filename=(?:"((?:[^"\\]|\\.)*)"|([^;]+))/i.exec(disposition) ?? [];
  return quoted?.replaceAll(/\\(.)/g, '$1') ?? plain?.trim() ?? '';
}
