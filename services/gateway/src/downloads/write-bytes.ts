import type { ServerResponse } from 'node:http';
import { AppError } from '@wharf/service-kit';

/**
 * Hands bytes to the response; resolves when they, and all before them, were handed to the system. Throws `incomplete_body`
 * when the client leaves before: a response that waits for its turn on a connection is closed without any callback of its writes.
 */
export function writeBytes(response: ServerResponse, bytes: Buffer): Promise<void> {
  const written = new Promise<void>((resolve, reject) => {
    const leave = () => reject(clientLeft());
    if (response.closed) return leave();
    response.once('close', leave);
    response.write(bytes, (error) => {
      response.off('close', leave);
      if (error) reject(error);
      else resolve();
    });
  });
  // Awaited later, if at all; a client that leaves meanwhile is no unhandled rejection.
  written.catch(() => undefined);
  return written;
}

/** Ends the response, with its last bytes; resolves and throws like `writeBytes`. */
export function endResponse(response: ServerResponse, bytes?: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = () => reject(clientLeft());
    if (response.closed) return leave();
    response.once('close', leave);
    // Listening before the end: a small body is over at once.
    response.once('finish', () => {
      response.off('close', leave);
      resolve();
    });
    response.end(bytes);
  });
}

export function clientLeft(): AppError {
  return new AppError('incomplete_body', 'the client left before the end');
}
