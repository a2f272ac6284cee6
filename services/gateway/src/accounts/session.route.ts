import { LogIn, Login, LogOut, Refresh, Register, Registration, type SignedIn, type Tokens } from '@wharf/contracts';
import { callRpc } from '@wharf/messaging';
import { AppError } from '@wharf/service-kit';
import type { Context } from 'koa';
import { addRoute, type Door, type Handler } from '../access/http/add-route.js';
import { routes } from '../access/route-table.js';
import type { Gateway } from '../gateway.js';
import { parseBody, withJson } from '../http/json-body.js';
import { clientOf } from './http/client-of.js';
import { clearSessionCookies, setSessionCookies } from './http/session-cookies.js';
import { shownRefreshToken } from './http/shown-refresh-token.js';

/** Passwords are hashed one after another: a login may wait for others. */
export const loginTimeoutMs = 10_000;

/** The doors of sessions: nobody is known yet who comes to them, or no longer. */
export function addSessionRoutes(door: Door, { access, bus }: Gateway): void {
  const register: Handler = async (context) => {
    const request = { ...parseBody(Registration, context), client: clientOf(context) };
    signIn(context, await callRpc(bus, Register, request, { timeoutMs: loginTimeoutMs }), 201);
  };
  addRoute(door, routes.register, withJson(register, '4kb'));

  const logIn: Handler = async (context) => {
    const request = { ...parseBody(Login, context), client: clientOf(context) };
    signIn(context, await callRpc(bus, LogIn, request, { timeoutMs: loginTimeoutMs }), 200);
  };
  addRoute(door, routes.logIn, withJson(logIn, '4kb'));

  const refresh: Handler = async (context) => {
    const refresh_token = shownRefreshToken(context);
    if (refresh_token === undefined) throw new AppError('unauthenticated', 'there is no refresh token');
    signIn(context, await callRpc(bus, Refresh, { refresh_token, client: clientOf(context) }), 200);
  };
  addRoute(door, routes.refresh, withJson(refresh, '4kb'));

  const logOut: Handler = async (context) => {
    const refresh_token = shownRefreshToken(context);
    // Saying that somebody is logged out who is not would be worse than saying nothing.
    if (refresh_token === undefined && context.get('Authorization') !== '') {
      throw new AppError(
        'invalid_request',
        'a session ends by its refresh token, or by DELETE /api/v1/auth/sessions/{id}',
      );
    }
    if (refresh_token !== undefined) await callRpc(bus, LogOut, { refresh_token });
    clearSessionCookies(context);
    context.status = 204;
  };
  addRoute(door, routes.logOut, withJson(logOut, '4kb'));

  addRoute(door, routes.getSigningKeys, async (context) => {
    context.set('Cache-Control', 'public, max-age=300');
    context.type = 'application/jwk-set+json';
    context.body = JSON.stringify(await access.trust.keys.read());
  });
}

function signIn(context: Context, tokens: Tokens, status: 200 | 201): void {
  setSessionCookies(context, tokens);
  const { access_token, expires_in, user } = tokens;
  const answer: SignedIn = { user, access_token, expires_in };
  context.status = status;
  context.body = answer;
}
