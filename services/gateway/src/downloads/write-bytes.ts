import type { ServerResponse } from 'node:http';

/** Hands bytes to the response; resolves when they, and all before them, were handed to the system. */
export function writeBytes(response: ServerResponse, bytes: Buffer): Promise<void> {
  const written = new Promise<void>((resolve, reject) => {
    response.write(bytes, (error) => (error ? reject(error) : resolve()));
  });
  // Awaited later, if at all; a client that leaves meanwhile is no unhandled rejection.
  written.catch(() => undefined);
  return written;
}
