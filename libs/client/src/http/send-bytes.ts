import { DefaultHttpStack, type HttpResponse } from 'tus-js-client';
import { errorOf, unreachable } from '../wharf-error.js';

export interface BytesRequest {
  method: 'POST' | 'PATCH';
  address: string;
  headers: Record<string, string>;
  bytes: Uint8Array;
  onProgress?: ((sentBytes: number) => void) | undefined;
  signal?: AbortSignal | undefined;
}

/** Sends bytes, not by `fetch`, which tells no progress, and returns the JSON of the answer. Throws WharfError, and the reason of the signal. */
export async function sendBytes<Body>({
  address,
  bytes,
  headers,
  method,
  onProgress,
  signal,
}: BytesRequest): Promise<Body> {
  const sending = new DefaultHttpStack({}).createRequest(method, address);
  for (const [name, value] of Object.entries(headers)) sending.setHeader(name, value);
  if (onProgress) sending.setProgressHandler(onProgress);
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => {
    void sending.abort();
    aborted.reject(signal?.reason);
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  let answer: HttpResponse;
  try {
    answer = await Promise.race([sending.send(Object.assign(bytes, { size: bytes.length })), aborted.promise]);
  } catch (error) {
    signal?.throwIfAborted();
    throw unreachable(address, error);
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
  const status = answer.getStatus();
  const body = answer.getBody();
  if (status !== 201 && status !== 202) throw errorOf({ status, body, header: (name) => answer.getHeader(name) });
  return JSON.parse(body) as Body;
}
