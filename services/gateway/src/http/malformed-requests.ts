import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { AppError, systemCode } from '@wharf/service-kit';
import { connectionOf } from './connections.js';
import { discardBody } from './discard-body.js';
import { lingerAndClose } from './linger.js';
import { problemOf } from './problem.js';
import { requestIdOf } from './request-id.js';
import { normalizeTarget } from './request-target.js';
import { serialize } from './serialize-requests.js';

interface Refusal {
  error: AppError;
  /** Where HTTP has one of its own for what is wrong. */
  status?: number;
  headers?: string[];
}

/** Of a request line and headers. The longest address names the 1,000 files of an archive. */
export const mostHeaderBytes = 48 * 1024;

/** RFC 9110 §15.5.6 asks for the list. */
const allowedMethods = 'Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS';

/**
 * Answers by problems, too, what the application never sees, or loses in the middle of the body. Node would answer with bare
 * status lines. Servers that call this leave the check of `Host` to `requireValidHost`, and take requests by `serialize`.
 */
export function answerMalformedRequests(server: Server): void {
  server.on('clientError', (error: Error, socket: Socket) => {
    const connection = connectionOf(socket);
    const wasKnown = connection.hasParseError;
    connection.hasParseError = true;
    if (connection.isLingering) return;
    if (!socket.writable) socket.destroy();
    // Nothing more is read until what came before is answered.
    else if (wasKnown) socket.pause();
    else refuseInTurn(socket, connection.latest, error);
  });
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request;
    normalizeTarget(request);
    serialize(request, response, () => {
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
    const { latest } = connectionOf(socket);
    const isUnanswered = latest !== undefined && !latest.writableFinished;
    const error = new AppError('method_not_allowed', 'this server is no proxy');
    if (socket.writable && !isUnanswered) refuse(socket, undefined, { error, headers: [allowedMethods] });
    else socket.destroy();
  });
}

/**
 * Refuses what the parser could not read, once the requests before it are answered: those were complete, and their clients are owed
 * an answer whatever follows (RFC 9112 §9.6). Nothing is written into an answer that has begun.
 */
function refuseInTurn(socket: Socket, latest: ServerResponse | undefined, error: Error): void {
  const running = latest?.req.complete ? undefined : latest;
  const refuseNow = () => {
    if (socket.writable) refuse(socket, running, refusalOf(error, running));
  };
  if (!latest) return refuseNow();
  if (latest.headersSent || !running) {
    const finish = running ? () => lingerAndClose(socket) : refuseNow;
    if (latest.writableFinished) return finish();
    socket.pause();
    latest.once('finish', finish);
  } else if (latest.socket === socket) refuseNow();
  else latest.once('socket', refuseNow);
}

function refusalOf(error: Error, running: ServerResponse | undefined): Refusal {
  switch (systemCode(error)) {
    case 'HPE_HEADER_OVERFLOW':
      return { error: invalid(`the headers may have at most ${mostHeaderBytes} bytes`), status: 431 };
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
function refuse(socket: Socket, running: ServerResponse | undefined, { error, headers = [], status }: Refusal): void {
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
    ...headers,
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
  lingerAndClose(socket);
}
