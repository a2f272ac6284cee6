import type { Server } from 'node:http';
import type { Logger } from '@wharf/service-kit';

const logEveryMs = 1000;

/**
 * A connection that cannot be accepted, for want of file descriptors mostly, is an 'error' of the server: without a listener
 * the end of the process. The server goes on accepting by itself.
 */
export function surviveAcceptErrors(server: Server, logger: Logger): void {
  let unlogged = 0;
  let lastLoggedAt = Number.NEGATIVE_INFINITY;
  server.on('error', (error) => {
    unlogged++;
    if (performance.now() - lastLoggedAt < logEveryMs) return;
    logger.error({ error, connections: unlogged }, 'connections could not be accepted');
    unlogged = 0;
    lastLoggedAt = performance.now();
  });
}
