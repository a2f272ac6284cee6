import { EndSession, ListApiKeys, ListSessions, NewApiKey, RevokeApiKey, WhoAmI } from '@wharf/contracts';
import { callRpc } from '@wharf/messaging';
import { addRoute, type Door, type Handler } from '../access/http/add-route.js';
import { routes } from '../access/route-table.js';
import type { Gateway } from '../gateway.js';
import { parseBody, withJson } from '../http/json-body.js';
import { createKey } from './create-key.js';
import { parseKeyId, parseUuid } from './parse-ids.js';

/** What users do with their own accounts: who they are, their sessions, their keys. */
export function addAccountRoutes(door: Door, gateway: Gateway): void {
  const { access, bus } = gateway;
  addRoute(door, routes.getMe, async (context, caller) => {
    context.body = await callRpc(bus, WhoAmI, { caller });
  });

  addRoute(door, routes.listSessions, async (context, caller) => {
    context.body = await callRpc(bus, ListSessions, { caller });
  });

  addRoute(door, routes.endSession, async (context, caller) => {
    const session_id = parseUuid(context.params.id, 'session');
    await callRpc(bus, EndSession, { caller, session_id });
    context.status = 204;
  });

  addRoute(door, routes.listKeys, async (context, caller) => {
    context.body = await callRpc(bus, ListApiKeys, { caller });
  });

  const create: Handler = async (context, caller) => {
    context.body = await createKey(bus, caller, parseBody(NewApiKey, context));
    context.status = 201;
  };
  addRoute(door, routes.createKey, withJson(create));

  addRoute(door, routes.revokeKey, async (context, caller) => {
    const key_id = parseKeyId(context.params.id);
    await callRpc(bus, RevokeApiKey, { caller, key_id });
    // Sooner than the event comes by which other gateways hear of it.
    access.keys.forgetKey(key_id);
    context.status = 204;
  });
}
