import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Middleware } from 'koa';

const acceptable = /^[\w.:-]{1,128}$/;

/** `X-Request-Id`: the caller's where it is a plain token, else a new one; always sent back. */
export function identifyRequests(): Middleware {
  return (context, next) => {
    context.state.requestId = requestIdOf(context.req);
    context.res.setHeader('X-Request-Id', context.state.requestId);
    return next();
  };
}

export function requestIdOf({ headers }: IncomingMessage): string {
  const given = String(headers['x-request-id'] ?? '');
  return acceptable.test(given) ? given : randomUUID();
}
