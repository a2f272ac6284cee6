import type { IncomingMessage } from 'node:http';

const longestMs = 10_000;

/**
 * Reads on and throws away what is left of a refused body. Closing at once would reset the connection, and the client
 * would lose the answer that tells it why. A client that never stops is cut off after ten seconds.
 */
export function discardBody(request: IncomingMessage): void {
  request.unpipe();
  request.removeAllListeners('data');
  request.on('error', () => undefined);
  const cut = setTimeout(() => request.destroy(), longestMs);
  request.once('close', () => clearTimeout(cut));
  request.once('end', () => clearTimeout(cut));
  request.resume();
}
