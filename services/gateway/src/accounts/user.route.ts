import { GetUser, ListUsers, UpdateUser, UserChanges, type UserPage, UserQuery } from '@wharf/contracts';
import { callRpc } from '@wharf/messaging';
import { addRoute, type Door, type Handler } from '../access/http/add-route.js';
import { routes } from '../access/route-table.js';
import type { Gateway } from '../gateway.js';
import { parseBody, withJson } from '../http/json-body.js';
import { parseQuery } from '../http/parse-query.js';
import { parseUuid } from './parse-ids.js';

const StrictQuery = UserQuery.strict();

/** What admins do with the accounts of others. */
export function addUserRoutes(door: Door, { access, bus }: Gateway): void {
  addRoute(door, routes.listUsers, async (context, caller) => {
    const { cursor = null, limit } = parseQuery(StrictQuery, context);
    const { users } = await callRpc(bus, ListUsers, { caller, after: cursor, limit });
    const page: UserPage = { users, next_cursor: users.length === limit ? (users.at(-1)?.id ?? null) : null };
    context.body = page;
  });

  addRoute(door, routes.getUser, async (context, caller) => {
    context.body = await callRpc(bus, GetUser, { caller, user_id: parseUuid(context.params.id, 'user') });
  });

  const update: Handler = async (context, caller) => {
    const user_id = parseUuid(context.params.id, 'user');
    context.body = await callRpc(bus, UpdateUser, { caller, user_id, changes: parseBody(UserChanges, context) });
    // Sooner than the event comes by which other gateways hear of it.
    access.keys.forgetUser(user_id);
  };
  addRoute(door, routes.updateUser, withJson(update));
}
