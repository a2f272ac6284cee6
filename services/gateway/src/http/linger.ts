import type { Server } from 'node:http';
import { Socket } from 'node:net';
import { connectionOf } from './connections.js';

interface ReadableHandle {
  reading: boolean;
  readStart(): void;
}

/**
 * Makes Node close connections by `lingerAndClose` behind their last answer, and answer clients that have closed their sending side
 * behind a complete request (RFC 9112 §9.6): by default it closes the connection before the answer.
 */
export function lingerAfterAnswers(server: Server): void {
  (server as Server & { httpAllowHalfOpen: boolean }).httpAllowHalfOpen = true;
  // What Node calls behind an answer that is the last one of its connection. One function for all connections.
  server.on('connection', (socket: Socket) => {
    socket.destroySoon = closeAfterAnswer;
  });
}

/**
 * Ends our side of a connection and drops, unparsed, what the client still sends, until it ends its own side. Closing a socket that
 * has unread data, or that receives more, sends a reset, and on a reset the client's kernel discards the answer that it has not
 * read yet (RFC 9112 §9.6). The sweep of `slow-clients.ts` limits how long this lasts. Until it is closed the connection counts
 * against the limits of its address.
 */
export function lingerAndClose(socket: Socket): void {
  const connection = connectionOf(socket);
  if (connection.isLingering) return;
  connection.isLingering = true;
  if (socket.writable) socket.end();
  // A listener for data takes the socket away from Node's HTTP parser: nothing that follows is a request.
  socket.removeAllListeners('data');
  socket.on('data', drop);
  startReading(socket);
}

function closeAfterAnswer(this: Socket): void {
  if (this.readableEnded || this.destroyed) Socket.prototype.destroySoon.call(this);
  else lingerAndClose(this);
}

function drop(): void {}

/** The body of a request may have paused the handle behind the back of the stream, which then believes that it is reading. */
function startReading(socket: Socket): void {
  const { _handle: handle } = socket as { _handle?: ReadableHandle | null };
  if (handle && !handle.reading) {
    handle.reading = true;
    handle.readStart();
  }
  socket.resume();
}
