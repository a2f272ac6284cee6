import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { ErrorCode } from '@wharf/contracts';
import type { AppError } from '@wharf/service-kit';
import type { Middleware } from 'koa';
import type { Gateway } from '../gateway.js';
import { discardBody } from './discard-body.js';
import { fromHttp } from './http-errors.js';
import { problemOf, statusOf } from './problem.js';

const retryAfterSeconds = '2';
const passingCodes: readonly ErrorCode[] = ['idempotency_in_progress', 'upload_locked'];
const keptHeaders = new Set([
  'x-request-id',
  'connection',
  'allow',
  'content-range',
  'vary',
  'access-control-allow-origin',
  'access-control-expose-headers',
  'ratelimit',
  'ratelimit-policy',
  'referrer-policy',
  'retry-after',
  'tus-resumable',
  'tus-version',
  'upload-complete',
  'upload-draft-interop-version',
  'upload-limit',
  'upload-offset',
  'www-authenticate',
]);

/** The HTTP edge: whatever is thrown becomes a problem answer, or, once the body has begun, a broken connection. */
export function answerProblems({ logger }: Gateway): Middleware {
  return async (context, next) => {
    try {
      await next();
    } catch (thrown) {
      const error = fromHttp(thrown);
      context.respond = false;
      if (context.res.headersSent) {
        // A short body must never look complete.
        context.res.destroy();
        if (error.code === 'internal')
          logger.error({ error, requestId: context.state.requestId }, 'an answer broke off');
        return;
      }
      if (error.code === 'internal') logger.error({ error, requestId: context.state.requestId }, 'a request failed');
      answerProblem(context.res, error);
    }
  };
}

/** Answers a request of whose answer nothing was sent yet. Where nothing can be sent any more, the log gets the status. */
export function answerProblem(response: ServerResponse, error: AppError): void {
  if (!response.req.socket.writable) {
    response.statusCode = statusOf(error.code);
    return;
  }
  // What was meant to describe a file does not describe the problem.
  for (const name of response.getHeaderNames()) if (!keptHeaders.has(name)) response.removeHeader(name);
  const { req: request } = response;
  const requestId = String(response.getHeader('X-Request-Id') ?? randomUUID());
  const problem = problemOf(error, { target: request.url ?? '/', requestId });
  const body = JSON.stringify(problem);
  response.statusCode = problem.status;
  response.setHeader('X-Request-Id', requestId);
  const isPassing = [503, 429].includes(problem.status) || passingCodes.includes(problem.code);
  if (isPassing && !response.hasHeader('Retry-After')) response.setHeader('Retry-After', retryAfterSeconds);
  // RFC 9110 §11.6.1.
  if (problem.status === 401 && !response.hasHeader('WWW-Authenticate'))
    response.setHeader('WWW-Authenticate', 'Bearer');
  // RFC 9110 §15.5.16.
  if (problem.code === 'unsupported_encoding') response.setHeader('Accept-Encoding', 'identity');
  // Some of these statuses may be kept by caches unless told (RFC 9111 §4.2.2): a file that is gone for a moment is not gone.
  response.setHeader('Cache-Control', 'no-store');
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Content-Type', 'application/problem+json; charset=utf-8');
  response.setHeader('Content-Length', Buffer.byteLength(body));
  response.end(body);
  if (!request.complete) discardBody(request);
}
