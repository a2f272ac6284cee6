import type Router from '@koa/router';
import type { Caller, Quota } from '@wharf/contracts';
import { AppError, hasCode } from '@wharf/service-kit';
import type { Context } from 'koa';
import type { Access } from '../access.js';
import { type Authenticated, anonymous, type Delivery, open } from '../authenticated.js';
import { forbidden } from '../refusals.js';
import { missingScope, refusalOf } from '../require-access.js';
import type { Route } from '../route-table.js';
import { charge } from './charge.js';
import { identifyDeliverer, showsRequest } from './identify-deliverer.js';

/** A router, and what decides who may pass it. */
export interface Door {
  readonly router: Router;
  readonly access: Access;
}

/** `quota` is what the caller may store; undefined where its credentials limit nothing. `delivery` is that of a file request's caller. */
export type Handler = (
  context: Context,
  caller: Caller,
  quota: Quota | undefined,
  delivery?: Delivery | undefined,
) => unknown;

/**
 * The one way to a handler: whoever comes to it was let in by what its route asks. Throws `rate_limited`, `unauthenticated`,
 * `forbidden`, and what refuses a deliverer, before the body of the request is read.
 */
export function addRoute({ access, router }: Door, route: Route, handler: Handler): void {
  const { limit } = access;
  const { cost = 1 } = route;
  const looksAtCallers = !isPublicDoor(route.access);
  router.register(route.path, [route.method], (context) => {
    if (looksAtCallers && showsRequest(context.req)) return deliver(access, route, context, handler);
    const { caller, quota } = authenticatedFor(access, route, context);
    if (limit) charge(limit, context, caller, typeof cost === 'number' ? cost : cost(context));
    const refusal = refusalOf(route.access, caller);
    if (refusal) throw refusal;
    return route.access === 'readable' ? read(context, caller, handler) : handler(context, caller, quota);
  });
}

/** Whoever comes to a public door is nobody there, whatever credentials a browser sends along. */
function authenticatedFor({ isOpen }: Access, { access, path }: Route, { state }: Context): Authenticated {
  if (isPublicDoor(access)) return anonymous;
  if (isOpen) return open;
  const authenticated: Authenticated | undefined = state.authenticated;
  if (!authenticated) throw new AppError('internal', `${path} lies before the door at which callers are known`);
  return authenticated;
}

function isPublicDoor(access: Route['access']): boolean {
  return access === 'public' || access === 'link' || access === 'request';
}

/** The token of a file request leads to what delivers, and to nothing else. Whose credentials lie beside it is not looked at. */
async function deliver(access: Access, route: Route, context: Context, handler: Handler): Promise<void> {
  if (route.access !== 'deliver')
    throw forbidden('by the header Wharf-Request files are delivered, and nothing else is done');
  const { cost = 1 } = route;
  if (access.limit) charge(access.limit, context, anonymous.caller, typeof cost === 'number' ? cost : cost(context));
  const { caller, delivery, quota } = await identifyDeliverer(access, context);
  await handler(context, caller, quota, delivery);
}

/**
 * Public files are everybody's, with any credentials and with none. What else there is, who lacks the scope is not told: that it is missing is
 * all the answer, whether or not there is such a file.
 */
async function read(context: Context, caller: Caller, handler: Handler): Promise<void> {
  const refusal = missingScope('files:read', caller);
  if (!refusal) return void (await handler(context, caller, undefined));
  try {
    await handler(context, anonymous.caller, undefined);
  } catch (error) {
    throw hasCode(error, 'file_not_found') ? refusal : error;
  }
}
