import type { Middleware } from 'koa';

/**
 * What every answer says unless it says otherwise: browsers guess no type, and nobody keeps it. What may be kept says so itself,
 * so that a new route cannot forget it.
 */
export function setAnswerDefaults(): Middleware {
  return ({ res }, next) => {
    res.setHeader('Cache-Control', 'no-store');
    res.setHeader('X-Content-Type-Options', 'nosniff');
    return next();
  };
}
