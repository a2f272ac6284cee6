import type { Transport } from '../http/transport.js';

/** Bytes of one request, as `Upload-Limit` tells them; undefined where it tells of no limit. */
export function appendLimitOf(uploadLimit: string | null | undefined): number | undefined {
  const [, bytes] = /max-append-size=(\d+)/.exec(uploadLimit ?? '') ?? [];
  return bytes === undefined ? undefined : Number(bytes);
}

/** Throws WharfError. */
export async function readAppendLimit(transport: Transport, signal?: AbortSignal): Promise<number | undefined> {
  const options = { isRepeatable: true, withoutCredentials: true, signal };
  return appendLimitOf((await transport.request('OPTIONS', 'uploads', options)).headers.get('Upload-Limit'));
}
