import { randomUUID } from 'node:crypto';
import { type IncomingMessage, maxHeaderSize, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { AppError, systemCode } from '@wharf/service-kit';
import type { Check } from './check-requests.js';
import { connectionOf } from './connections.js';
import { discardBody } from './discard-body.js';
import { inTurn } from './in-turn.js';
import { problemOf } from './problem.js';
import { requestIdOf } from './request-id.js';
import { normalizeTarget } from './request-target.js';

const lingerMs = 1000;

interface Refusal {
  error: AppError;
  /** Where HTTP has one of its own for what is wrong. */
  status?: number;
}

/**
 * Answers by problems, too, what the application never sees, or loses in the middle of the body. Node would answer with bare
 * status lines. Servers that call this leave the check of `Host` to `requireHost`, and take requests by `inTurn`.
 */
export function answerMalformedRequests(server: Server): void {
  server.on('clientError', (error: Error, socket: Socket) => {
    // What still comes behind a request that was refused is thrown away.
    if (socket.writableEnded) return;
    const response = connectionOf(socket).latest;
    const running = response?.req.complete ? undefined : response;
    if (isItsTurn(socket, response)) refuse(socket, running, refusalOf(error, running));
    else socket.destroy();
  });
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request;
    normalizeTarget(request);
    inTurn(request, response, () => {
      response.setHeader('X-Request-Id', requestIdOf(request));
      discardBody(request);
      const error = new AppError('invalid_request', 'the only expectation that is met here is 100-continue');
      if (socket.writable) refuse(socket, response, { error, status: 417 });
      else socket.destroy();
    });
  });
  // Node has let go of the connection by then, its errors included.
  server.on('connect', (_request: IncomingMessage, socket: Socket) => {
    socket.on('error', () => undefined);
    if (isItsTurn(socket, connectionOf(socket).latest))
      refuse(socket, undefined, { error: invalid('this server is no proxy') });
    else socket.destroy();
  });
}

/** RFC 9112 §3.2. */
export const requireHost: Check = (context) => {
  const { httpVersion, headers } = context.req;
  if (httpVersion !== '1.1' || headers.host !== undefined) return;
  context.set('Connection', 'close');
  throw new AppError('invalid_request', 'the request has no Host');
};

/** Nothing is written into an answer that has begun, nor where an earlier request still waits for its own. */
function isItsTurn(socket: Socket, latest: ServerResponse | undefined): boolean {
  if (!socket.writable) return false;
  if (!latest) return true;
  // Complete: what is malformed came behind it.
  return latest.req.complete ? latest.writableFinished : latest.socket === socket && !latest.headersSent;
}

function refusalOf(error: Error, running: ServerResponse | undefined): Refusal {
  switch (systemCode(error)) {
    case 'HPE_HEADER_OVERFLOW':
      return { error: invalid(`the headers may have at most ${maxHeaderSize} bytes`), status: 431 };
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return { error: invalid(`the ${running ? 'body' : 'headers'} did not arrive in time`), status: 408 };
    case 'HPE_INVALID_EOF_STATE':
      if (!running) return { error: invalid('the connection ended before the headers did') };
      return { error: new AppError('incomplete_body', 'the connection ended before the body did') };
    default:
      return { error: invalid(`the request is malformed (${error.message})`) };
  }
}

function invalid(detail: string): AppError {
  return new AppError('invalid_request', detail);
}

/** Past the `ServerResponse`, which belongs to the application: it may be about to answer as well. */
function refuse(socket: Socket, running: ServerResponse | undefined, { error, status }: Refusal): void {
  const requestId = String(running?.getHeader('X-Request-Id') ?? randomUUID());
  const problem = problemOf(error, { target: running?.req.url ?? '/', requestId }, status);
  // For the log of requests.
  if (running) running.statusCode = problem.status;
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${problem.status} ${problem.title}`,
    'Content-Type: application/problem+json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${requestId}`,
    'Cache-Control: no-store',
    'X-Content-Type-Options: nosniff',
    `Date: ${new Date().toUTCString()}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
  // Closing at once may reset the connection of a client that is still sending, and lose the answer (RFC 9112 §9.6).
  const cut = setTimeout(() => socket.destroy(), lingerMs);
  socket.once('close', () => clearTimeout(cut));
}
