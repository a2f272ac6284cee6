import type { FileRecord } from '@wharf/contracts';
import { retry } from '../http/retry.js';
import { sendBytes } from '../http/send-bytes.js';
import type { Transport } from '../http/transport.js';
import { sha256InBase64 } from '../sha256.js';
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
    const tell = (sent: number) => onProgress?.(sent, bytes.length);
    const record = await sendBytes<FileRecord>({ method: 'POST', address, headers, bytes, onProgress: tell, signal });
    transport.noteAnswer();
    tell(bytes.length);
    return record;
  };
  const { patienceMs } = transport;
  return retry({ patienceMs, signal }, () => transport.withRenewal(attempt, { withoutCredentials: !!request }));
}

/** `crypto.randomUUID` is there on protected pages alone. */
function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
