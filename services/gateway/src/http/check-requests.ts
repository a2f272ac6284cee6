import type { Context, Middleware } from 'koa';

/** Throws what it refuses, before anything else of the request is looked at. */
export type Check = (context: Context) => void;

/** One middleware for all of them: each middleware costs every request. A check that is off is undefined. */
export function checkRequests(checks: readonly (Check | undefined)[]): Middleware {
  const active = checks.filter((check) => check !== undefined);
  return (context, next) => {
    for (const check of active) check(context);
    return next();
  };
}
