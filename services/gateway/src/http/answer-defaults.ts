import type { Middleware } from 'koa';

/**
 * What every answer says unless it says otherwise: browsers guess no type, and nobody keeps it. What may be kept says so itself,
 * so that a new route cannot forget it.
 */
export function setAnswerDefaults(): Middleware {
  return async ({ res }, next) => {
    res.setHeader('X-Content-Type-Options', 'nosniff');
    await next();
    // Downloads and problems are answered by then, and have said who may keep them.
    if (!res.headersSent && !res.hasHeader('Cache-Control')) res.setHeader('Cache-Control', 'no-store');
  };
}
