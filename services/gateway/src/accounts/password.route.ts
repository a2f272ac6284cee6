import { ChangePassword, PasswordChange } from '@wharf/contracts';
import { callRpc } from '@wharf/messaging';
import { AppError } from '@wharf/service-kit';
import type { Context } from 'koa';
import { addRoute, type Door, type Handler } from '../access/http/add-route.js';
import { routes } from '../access/route-table.js';
import type { Gateway } from '../gateway.js';
import { parseBody, withJson } from '../http/json-body.js';
import { clientOf } from './http/client-of.js';
import { loginTimeoutMs } from './session.route.js';

/** A user who is logged in changes its password. */
export function addPasswordRoute(door: Door, { bus }: Gateway): void {
  const change: Handler = async (context, caller) => {
    const { client, session_id } = { client: clientOf(context), session_id: sessionOf(context) };
    const request = { ...parseBody(PasswordChange, context), caller, client, session_id };
    await callRpc(bus, ChangePassword, request, { timeoutMs: 2 * loginTimeoutMs });
    context.status = 204;
  };
  addRoute(door, routes.changePassword, withJson(change, '4kb'));
}

/** The one that goes on. */
function sessionOf({ state }: Context): string {
  const sessionId: string | undefined = state.authenticated?.sessionId;
  if (sessionId === undefined) throw new AppError('internal', 'a user who is logged in has no session');
  return sessionId;
}
