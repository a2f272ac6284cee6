import type { FileRecord } from '@wharf/contracts';
import { DefaultHttpStack, type HttpResponse } from 'tus-js-client';
import { retry } from '../http/retry.js';
import type { Transport } from '../http/transport.js';
import { sha256InBase64 } from '../sha256.js';
import { errorOf, unreachable } from '../wharf-error.js';
import { requestHeaders, toText, type UploadOptions } from './upload-options.js';

/**
 * Sends a file in one request, as often as it takes: under one idempotency key it becomes one file, and the gateway compares the digest before it
 * stores. Throws WharfError.
 */
export async function sendAtOnce(
  transport: Transport,
  bytes: Uint8Array<ArrayBuffer>,
  { name, onProgress, options, request, signal, type }: UploadOptions,
): Promise<FileRecord> {
  const digest = await sha256InBase64(bytes);
  const address = transport.addressOf('files/stream', { filename: name, ...toText(options) });
  const fixed = {
    ...(type && { 'Content-Type': type }),
    ...(digest !== undefined && { 'Repr-Digest': `sha-256=:${digest}:` }),
    'Idempotency-Key': newKey(),
    ...requestHeaders({ ...(request && { request }) }),
  };
  const attempt = async () => {
    const headers = request ? fixed : { ...fixed, ...(await transport.credentials.headers()) };
    const answer = await post(address, { headers, bytes, onProgress, signal });
    transport.noteAnswer();
    const { getBody, getHeader, getStatus } = bound(answer);
    if (getStatus() !== 201 && getStatus() !== 202)
      throw errorOf({ status: getStatus(), body: getBody(), header: getHeader });
    onProgress?.(bytes.length, bytes.length);
    return JSON.parse(getBody()) as FileRecord;
  };
  const { patienceMs } = transport;
  return retry({ patienceMs, signal }, () => transport.withRenewal(attempt, { withoutCredentials: !!request }));
}

interface Post {
  headers: Record<string, string>;
  bytes: Uint8Array;
  onProgress: UploadOptions['onProgress'];
  signal: AbortSignal | undefined;
}

/** Not by `fetch`, which tells no progress. */
async function post(address: string, { bytes, headers, onProgress, signal }: Post): Promise<HttpResponse> {
  const sending = new DefaultHttpStack({}).createRequest('POST', address);
  for (const [name, value] of Object.entries(headers)) sending.setHeader(name, value);
  sending.setProgressHandler((sent) => onProgress?.(sent, bytes.length));
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => {
    void sending.abort();
    aborted.reject(signal?.reason);
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([sending.send(Object.assign(bytes, { size: bytes.length })), aborted.promise]);
  } catch (error) {
    signal?.throwIfAborted();
    throw unreachable(address, error);
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
}

function bound(answer: HttpResponse) {
  return {
    getBody: () => answer.getBody(),
    getHeader: (name: string) => answer.getHeader(name),
    getStatus: () => answer.getStatus(),
  };
}

/** `crypto.randomUUID` is there on protected pages alone. */
function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
