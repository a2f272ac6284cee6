import type { IncomingMessage } from 'node:http';
import { hasCode } from '@wharf/service-kit';
import type { Context } from 'koa';
import { showsUnlockCookie } from '../../requests/http/unlock-cookie.js';
import { addressOf, readPassword } from '../../unlocking/http/read-password.js';
import { tellHow } from '../../unlocking/http/tell-how.js';
import type { Access } from '../access.js';
import type { Authenticated } from '../authenticated.js';
import type { ShownRequest } from '../deliverers.js';
import { countFailure, requireFewFailures } from './charge.js';

const tokenHeader = 'wharf-request';
/** For clients without cookies. */
export const passwordHeader = 'Wharf-Request-Password';

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
    throw tellHow(context, passwordHeader, error);
  }
}

/** What a client shows for the request with this token. */
export function shownRequest(context: Context, token: string): ShownRequest {
  return {
    token,
    password: readPassword(context, passwordHeader),
    isUnlocked: (locked) => showsUnlockCookie(context, locked),
    address: addressOf(context),
  };
}
