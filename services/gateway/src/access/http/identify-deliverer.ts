import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { hasCode } from '@wharf/service-kit';
import type { Context } from 'koa';
import { isUnlockedByCookie } from '../../requests/http/unlock-cookie.js';
import type { Access } from '../access.js';
import type { Authenticated } from '../authenticated.js';
import type { ShownRequest } from '../deliverers.js';
import { countFailure, requireFewFailures } from './charge.js';

/** The token of a file request, and its password for clients without cookies. */
const tokenHeader = 'wharf-request';
const passwordHeader = 'wharf-request-password';

/** Whether a request is made by the token of a file request, good or not. */
export function showsRequest({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  return headers[tokenHeader] !== undefined;
}

/** Who only reads or ends what was begun may do so after the request has ended. */
const harmless = ['HEAD', 'GET', 'DELETE'];

/**
 * Who delivers. Throws `request_not_found`, `request_closed`, `request_expired`, `password_required`, `rate_limited`, `unavailable`, before
 * anything of a body is read.
 */
export async function identifyDeliverer({ deliverers, limit }: Access, context: Context): Promise<Authenticated> {
  if (limit) requireFewFailures(limit, context);
  try {
    const shown = shownRequest(context, String(context.req.headers[tokenHeader]));
    return await deliverers.judge({ ...shown, mayHaveEnded: harmless.includes(context.method) });
  } catch (error) {
    if (limit && (hasCode(error, 'request_not_found') || hasCode(error, 'password_required')))
      countFailure(limit, context);
    throw tellHow(context, error);
  }
}

/** What a client shows for the request with this token. */
export function shownRequest(context: Context, token: string): ShownRequest {
  return {
    token,
    password: decodeHeader(context.req.headers[passwordHeader]),
    isUnlocked: (id, unlockKey) => isUnlockedByCookie(context, id, unlockKey),
    address: context.ip,
  };
}

/** As tries are counted: nobody need ask earlier. */
const windowSeconds = 900;

/** What a client is told beside a refusal: how to show the password, or when to try again. No scheme that browsers know: they show no window of their own. */
export function tellHow(context: Context, error: unknown): unknown {
  if (hasCode(error, 'rate_limited') && !context.response.get('Retry-After'))
    context.set('Retry-After', String(windowSeconds));
  if (hasCode(error, 'password_required')) context.set('WWW-Authenticate', 'Wharf-Request-Password');
  return error;
}

/** Node reads headers as Latin-1; clients send UTF-8 (RFC 9110 §5.5 leaves it open). */
function decodeHeader(text: string | string[] | undefined): string | undefined {
  if (typeof text !== 'string') return undefined;
  const bytes = Buffer.from(text, 'latin1');
  return isUtf8(bytes) ? bytes.toString('utf8') : text;
}
