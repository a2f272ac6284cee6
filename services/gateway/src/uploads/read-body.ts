import type { IncomingMessage } from 'node:http';
import { AppError } from '@wharf/service-kit';

/**
 * Hands a request's body over piece by piece, and waits wherever `take` gives a promise. When `take` fails the rest is left unread,
 * and the connection lives on: whoever answers decides about both. Throws what `take` throws, the reason of `signal` once that aborts, and
 * `incomplete_body`.
 *
 * A stream of our own at the end of a pipeline would cost more than all the rest of a short upload.
 */
export function readBody(
  request: IncomingMessage,
  take: (chunk: Buffer) => Promise<void> | undefined,
  signal?: AbortSignal,
): Promise<void> {
  let onEnd = () => {};
  let onBreak = (_cause?: Error) => {};
  let onData = (_chunk: Buffer) => {};
  let onAbort = () => {};
  const read = new Promise<void>((resolve, reject) => {
    let taking: Promise<void> | undefined;
    onData = (chunk) => {
      try {
        taking = take(chunk);
        if (!taking) return;
        request.pause();
        taking.then(() => request.resume(), reject);
      } catch (error) {
        reject(error);
      }
    };
    // Either may be told of while the last piece is still being taken: when this settles, nothing is.
    onEnd = () => void Promise.resolve(taking).then(resolve, reject);
    onBreak = (cause) => {
      if (request.readableEnded) return;
      const error = new AppError('incomplete_body', 'the connection ended before the body did', { cause });
      Promise.resolve(taking).then(() => reject(error), reject);
    };
    onAbort = () => void Promise.resolve(taking).then(() => reject(signal?.reason), reject);
    signal?.addEventListener('abort', onAbort);
    if (signal?.aborted) onAbort();
    if (request.destroyed) onBreak();
    request.on('data', onData).on('end', onEnd).on('error', onBreak).on('close', onBreak);
  });
  return read.finally(() => {
    signal?.removeEventListener('abort', onAbort);
    request.off('data', onData).off('end', onEnd).off('close', onBreak);
    if (!request.readableEnded) request.pause();
  });
}
