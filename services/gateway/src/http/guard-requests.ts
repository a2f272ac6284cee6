import { AsyncLocalStorage } from 'node:async_hooks';
import type { RequestListener, Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Logger } from '@wharf/service-kit';
import { type Connection, connectionOf } from './connections.js';
import { failRequest } from './fail-request.js';

interface Guard {
  connection: Connection;
  logger: Logger;
}

const guards = new AsyncLocalStorage<Guard>();

/**
 * The last net under every request: an exception that nothing else caught fails the request that its connection is at, and never
 * ends the process.
 *
 * Everything that happens on a connection runs in the asynchronous context of its acceptance: what its parser emits, and the
 * timers and callbacks of its requests. One context for each connection costs a request nothing.
 */
export function guardRequests(server: Server, logger: Logger): void {
  // Before Node's own listener, which creates the parser: a parser keeps the context that it is created in.
  server.prependListener('connection', (socket: Socket) => {
    guards.enterWith({ connection: connectionOf(socket), logger });
  });
}

/** Fails a request whose listener throws at once, before that can unwind Node's parser. */
export function guarded(app: RequestListener, logger: Logger): RequestListener {
  return (request, response) => {
    try {
      app(request, response);
    } catch (error) {
      failRequest(response, error, logger);
    }
  };
}

/** Fails the request of the connection on which something threw. False where it was on none: nobody knows then what is broken. */
export function failRunningRequest(thrown: unknown): boolean {
  const guard = guards.getStore();
  if (!guard) return false;
  const { connection, logger } = guard;
  const { running, socket } = connection;
  if (!running) socket.destroy();
  else {
    // The parser may have been thrown out of the middle of a message: it reads no other one.
    running.shouldKeepAlive = false;
    failRequest(running, thrown, logger);
  }
  return true;
}
