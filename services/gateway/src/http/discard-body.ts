import type { IncomingMessage } from 'node:http';

/**
 * Reads on and drops what is left of the body of a request that was answered, so that the connection can take the next one. The sweep
 * of `slow-clients.ts` closes it where that takes too long.
 */
export function discardBody(request: IncomingMessage): void {
  request.unpipe();
  request.removeAllListeners('data');
  request.on('error', () => undefined);
  request.resume();
}
