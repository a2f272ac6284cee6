import { hasCode } from '@wharf/service-kit';
import type { Context } from 'koa';
import type { PasswordHeader } from './read-password.js';

/** As tries are counted: nobody need ask earlier. */
const windowSeconds = 900;

/**
 * What a client is told beside a refusal: how to show the password (RFC 9110 §11.6.1; no scheme that browsers know, so that they show no window of
 * their own), or when to try again.
 */
export function tellHow(context: Context, header: PasswordHeader, error: unknown): unknown {
  if (hasCode(error, 'rate_limited') && !context.response.get('Retry-After'))
    context.set('Retry-After', String(windowSeconds));
  if (hasCode(error, 'password_required')) context.set('WWW-Authenticate', header);
  return error;
}
