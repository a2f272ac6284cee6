import type { Transport } from '../http/transport.js';

/** Bytes of one request; undefined where nothing limits it. What a gateway does not tell is no limit. */
export async function readAppendLimit(transport: Transport, signal?: AbortSignal): Promise<number | undefined> {
  const answer = await transport.request('OPTIONS', 'uploads', {
    isRepeatable: true,
    withoutCredentials: true,
    signal,
  });
  const [, bytes] = /max-append-size=(\d+)/.exec(answer.headers.get('Upload-Limit') ?? '') ?? [];
  return bytes === undefined ? undefined : Number(bytes);
}
