import type { Caller } from '@wharf/contracts';
import { hasCode } from '@wharf/service-kit';
import type { Context, Middleware } from 'koa';
import type { Access } from '../access.js';
import { type Authenticated, anonymous, open } from '../authenticated.js';
import { type Credentials, readCredentials } from '../read-credentials.js';
import { refusalOf } from '../require-access.js';
import type { Access as RouteAccess } from '../route-table.js';
import { countFailure, requireFewFailures } from './charge.js';
import { showsRequest } from './identify-deliverer.js';
import { requireOwnPage } from './require-own-page.js';

/**
 * Finds out who makes a request, once and before anything else of it is looked at: a body that is refused is not sent. Without
 * credentials it is nobody; with credentials that are not valid it is refused, wherever it leads. Throws `unauthenticated`,
 * `forbidden`, `rate_limited`, `unavailable`.
 */
export function authenticate(access: Access): Middleware {
  return async (context, next) => {
    // A deliverer is known by the token alone, which the route judges.
    if (!showsRequest(context.req)) context.state.authenticated = await identify(access, context);
    return next();
  };
}

/** Who makes a request that is still being answered: credentials end, and rights change. Throws what a new request would be refused with. */
export async function callerNow(access: Access, context: Context, wanted: RouteAccess): Promise<Caller> {
  const { caller } = access.isOpen ? open : await identify(access, context);
  const refusal = refusalOf(wanted, caller);
  if (refusal) throw refusal;
  return caller;
}

async function identify(access: Access, context: Context): Promise<Authenticated> {
  try {
    const credentials = readCredentials(context.req);
    if (credentials.kind === 'none') return anonymous;
    if (credentials.kind === 'token' && credentials.isCookie) requireOwnPage(context);
    return find(access, credentials) ?? (await judge(access, credentials, context));
  } catch (error) {
    if (hasCode(error, 'unauthenticated')) {
      // RFC 6750 §3.1.
      context.set('WWW-Authenticate', 'Bearer error="invalid_token"');
      if (access.limit) countFailure(access.limit, context);
    }
    throw error;
  }
}

type Shown = Exclude<Credentials, { kind: 'none' }>;

function find({ keys, tokens }: Access, shown: Shown): Authenticated | undefined {
  return shown.kind === 'key' ? keys.find(shown) : tokens.find(shown.token);
}

function judge({ keys, limit, tokens }: Access, shown: Shown, context: Context): Promise<Authenticated> {
  if (limit) requireFewFailures(limit, context);
  return shown.kind === 'key' ? keys.verify(shown) : tokens.judge(shown.token);
}
