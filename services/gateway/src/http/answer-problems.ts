import { AppError, systemCode, toAppError } from '@wharf/service-kit';
import type { Context, Middleware } from 'koa';
import type { Gateway } from '../gateway.js';
import { discardBody } from './discard-body.js';
import { problemOf } from './problem.js';

const retryAfterSeconds = '2';
const keptHeaders = new Set([
  'x-request-id',
  'connection',
  'allow',
  'content-range',
  'vary',
  'access-control-allow-origin',
  'access-control-expose-headers',
  'x-content-type-options',
]);

/** The HTTP edge: whatever is thrown becomes a problem answer, or, once the body has begun, a broken connection. */
export function answerProblems({ logger }: Gateway): Middleware {
  return async (context, next) => {
    try {
      await next();
    } catch (thrown) {
      const error = fromHttp(thrown);
      if (context.res.headersSent) {
        // A short body must never look complete.
        context.respond = false;
        context.res.destroy();
        if (error.code === 'internal')
          logger.error({ error, requestId: context.state.requestId }, 'an answer broke off');
        return;
      }
      if (error.code === 'internal') logger.error({ error, requestId: context.state.requestId }, 'a request failed');
      answer(context, error);
    }
  };
}

function answer(context: Context, error: AppError): void {
  // What was meant to describe a file does not describe the problem.
  for (const name of context.res.getHeaderNames()) if (!keptHeaders.has(name)) context.remove(name);
  context.respond = true;
  const problem = problemOf(error, { path: context.path, requestId: context.state.requestId });
  context.status = problem.status;
  if (problem.status === 503 || problem.code === 'idempotency_in_progress') {
    context.set('Retry-After', retryAfterSeconds);
  }
  // Some of these statuses may be kept by caches unless told (RFC 9111 §4.2.2): a file that is gone for a moment is not gone.
  context.set('Cache-Control', 'no-store');
  context.body = JSON.stringify(problem);
  context.type = 'application/problem+json';
  if (!context.req.complete) discardBody(context.req);
}

function fromHttp(thrown: unknown): AppError {
  switch (systemCode(thrown)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new AppError('insufficient_storage', 'the volume is full', { cause: thrown });
    case 'EACCES':
    case 'EIO':
    case 'ENOENT':
    case 'ENOTDIR':
    case 'EPERM':
    case 'EROFS':
    case 'ESTALE':
      return new AppError('unavailable', 'the volume cannot be used', { cause: thrown });
    case 'ECONNRESET':
    case 'ERR_STREAM_PREMATURE_CLOSE':
    case 'HPE_INVALID_EOF_STATE':
      return new AppError('incomplete_body', 'the connection ended before the body did', { cause: thrown });
    default:
      return toAppError(thrown);
  }
}
