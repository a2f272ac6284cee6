import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { connectionOf } from './connections.js';

/** Requests of one connection that wait behind the one that is answered. */
const maxWaiting = 16;
/** Bytes that may arrive behind the oldest of them: Node keeps their headers and bodies in memory. */
const maxWaitingBytes = 64 * 1024;

/** Hands the requests of a connection to `listener` one after the other: see `serialize`. */
export function serialized(listener: RequestListener): RequestListener {
  return (request, response) => serialize(request, response, () => listener(request, response));
}

/**
 * Calls `begin` once all earlier answers of the connection are finished. Node would emit the requests of a pipelining client all
 * at once: it would run those with unsafe methods concurrently (against RFC 9112 §9.3.2), and one read of 64 KiB can hold 2,500 requests.
 * A connection that brings more than may wait is cut; clients have to expect that, and repeat what was not answered.
 */
export function serialize(request: IncomingMessage, response: ServerResponse, begin: () => void): void {
  const { socket } = request;
  const connection = connectionOf(socket);
  const { bytesRead } = socket;
  const isFirstOfRead = bytesRead !== connection.bytesRead;
  connection.bytesRead = bytesRead;
  connection.latest = response;
  // Node gives the socket to a response when its turn comes: the ordinary case, a request that was waited for.
  if (isFirstOfRead && response.socket) {
    connection.running = response;
    return begin();
  }
  const { waiting } = connection;
  if (waiting.length === maxWaiting || bytesRead - (waiting[0] ?? bytesRead) > maxWaitingBytes) {
    stopParsing(socket);
    connection.cut('pipelining');
    return;
  }
  waiting.push(bytesRead);
  // Not within the same read, even where the answer before is finished by then: other connections come first.
  const beginLater = () =>
    setImmediate(() => {
      waiting.shift();
      if (!socket.writable) return;
      connection.running = response;
      begin();
    });
  if (response.socket) beginLater();
  else response.once('socket', beginLater);
}

/**
 * Makes Node's parser stop at the request that it is just reporting. Without it a destroyed socket still gets a request, a response and
 * the error that ends them for each of the requests that were read with this one. There is no public way: `parser.pause()` takes effect
 * after the read. Where `onIncoming` is no longer there, nothing worse happens than before.
 */
function stopParsing(socket: Socket): void {
  const { parser } = socket as { parser?: { onIncoming?: () => number } };
  // What Node itself answers to the parser when the protocol changes: what follows is not HTTP.
  if (parser?.onIncoming) parser.onIncoming = () => 2;
}
