import type { ServerResponse } from 'node:http';
import { AppError } from '@wharf/service-kit';
import type { Progress } from './source.js';

/**
 * Hands bytes to the response; resolves when they, and all before them, were handed to the system. Throws `incomplete_body`
 * when the client leaves before: a response that is queued behind others of its connection is closed without calling back.
 */
export function writeBytes(response: ServerResponse, bytes: Buffer): Promise<void> {
  const written = untilClosed(response, (done) => response.write(bytes, done));
  // Awaited later, if at all; a client that leaves meanwhile is no unhandled rejection.
  written.catch(() => undefined);
  return written;
}

/** Hands the next bytes of a body to the response, as `writeBytes` does. */
export function writeNext(response: ServerResponse, progress: Progress, bytes: Buffer): Promise<void> {
  progress.position += bytes.length;
  progress.observe?.(bytes);
  return writeBytes(response, bytes);
}

/** Ends the response, with its last bytes; resolves and throws like `writeBytes`. */
export function endResponse(response: ServerResponse, bytes?: Buffer): Promise<void> {
  return untilClosed(response, (done) => {
    // Listening before the end: a small body is over at once.
    response.once('finish', done);
    response.end(bytes);
  });
}

function untilClosed(response: ServerResponse, begin: (done: (error?: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = () => reject(clientLeft());
    if (response.closed) return leave();
    response.once('close', leave);
    begin((error) => {
      response.off('close', leave);
      if (error) reject(error);
      else resolve();
    });
  });
}

export function clientLeft(): AppError {
  return new AppError('incomplete_body', 'the client left before the end');
}
