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
    throw error;
  }
}

/** What a client shows for the request with this token. */
export function shownRequest(context: Context, token: string): ShownRequest {
  return {
    token,
    password: context.req.headers[passwordHeader] as string | undefined,
    isUnlocked: (id, unlockKey) => isUnlockedByCookie(context, id, unlockKey),
    address: context.ip,
  };
}
