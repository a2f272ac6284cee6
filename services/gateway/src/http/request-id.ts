import { randomUUID } from 'node:crypto';
import type { Middleware } from 'koa';

const acceptable = /^[\w.:-]{1,128}$/;

/** `X-Request-Id`: the caller's where it is a plain token, else a new one; always sent back. */
export function identifyRequests(): Middleware {
  return (context, next) => {
    const given = context.get('X-Request-Id');
    context.state.requestId = acceptable.test(given) ? given : randomUUID();
    context.set('X-Request-Id', context.state.requestId);
    return next();
  };
}
