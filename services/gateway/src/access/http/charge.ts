import type { Caller } from '@wharf/contracts';
import { AppError, networkOf } from '@wharf/service-kit';
import type { Context } from 'koa';
import type { Allowance, Rate, RateLimit } from '../rate-limit.js';

type Request = Pick<Context, 'ip' | 'res'>;

/**
 * Takes what a request costs from the rate of its caller, or of its address where there is none, and tells the client what is left, in the fields
 * of draft-ietf-httpapi-ratelimit-headers-10. Throws `rate_limited`.
 */
export function charge(limit: RateLimit, request: Request, caller: Caller, cost: number): void {
  if (cost === 0) return;
  const allowance = limit.take(nameOf(caller, request.ip), cost);
  request.res.setHeader('RateLimit-Policy', policyOf(limit.rate));
  request.res.setHeader('RateLimit', `"default";r=${allowance.left};t=${seconds(allowance.fullInMs)}`);
  if (!allowance.isTaken) throw tooMany(request, allowance);
}

/** Once an address has shown too many credentials that are not valid, none is judged that was not found good before. Throws `rate_limited`. */
export function requireFewFailures(limit: RateLimit, request: Request): void {
  if (limit.hasRoom(failuresOf(request))) return;
  request.res.setHeader('Retry-After', seconds(limit.rate.windowMs / limit.rate.quota));
  throw new AppError('rate_limited', 'this address has shown too many credentials that are not valid');
}

export function countFailure(limit: RateLimit, request: Request): void {
  limit.take(failuresOf(request), 1);
}

/** The keys of a user, and its sessions, have one rate together: more of them are not more. */
function nameOf({ id, kind }: Caller, ip: string): string {
  if (id === null) return `address ${networkOf(ip)}`;
  return `${kind === 'token' ? 'token' : 'user'} ${id}`;
}

function failuresOf({ ip }: Request): string {
  return `failures ${networkOf(ip)}`;
}

function tooMany({ res }: Request, { retryInMs }: Allowance): AppError {
  res.setHeader('Retry-After', seconds(retryInMs));
  return new AppError('rate_limited', 'too many requests; ask again later');
}

function policyOf({ quota, windowMs }: Rate): string {
  return `"default";q=${quota};w=${seconds(windowMs)}`;
}

function seconds(ms: number): number {
  return Math.ceil(ms / 1000);
}
