import { LinkOptions, LinkQuery, ListLinks, NewLink, RevokeLink } from '@wharf/contracts';
import { callRpc } from '@wharf/messaging';
import { AppError } from '@wharf/service-kit';
import type { Context } from 'koa';
import { z } from 'zod';
import { addRoute, type Door, type Handler } from '../access/http/add-route.js';
import { routes } from '../access/route-table.js';
import { parseUid } from '../files/parse-uid.js';
import type { Gateway } from '../gateway.js';
import { parseBody, withJson } from '../http/json-body.js';
import { parseQuery } from '../http/parse-query.js';
import { refuseOtherMethods } from '../http/refuse-other-methods.js';
import { createLink } from './create-link.js';

const LinkId = z.uuid();

/** Making, listing and ending share links, which is for the owner of the files. */
export function addLinkRoutes(door: Door, gateway: Gateway): void {
  const { bus } = gateway;
  const createOfFile: Handler = async (context, caller) => {
    const uids = [parseUid(context.params.uid)];
    answerCreated(context, await createLink(gateway, { uids, caller }, parseBody(LinkOptions, context, {})));
  };
  addRoute(door, routes.createLink, withJson(createOfFile));

  const create: Handler = async (context, caller) => {
    const { uids, ...options } = parseBody(NewLink, context);
    answerCreated(context, await createLink(gateway, { uids, caller }, options));
  };
  addRoute(door, routes.shareFiles, withJson(create));

  addRoute(door, routes.listLinks, async (context, caller) => {
    context.body = await callRpc(bus, ListLinks, { caller, uid: null, ...parsePage(context) });
  });

  addRoute(door, routes.listFileLinks, async (context, caller) => {
    const uid = parseUid(context.params.uid);
    context.body = await callRpc(bus, ListLinks, { caller, uid, ...parsePage(context) });
  });
  refuseOtherMethods(door, routes.createLink.path, ['GET', 'HEAD', 'POST']);

  addRoute(door, routes.endLink, async (context, caller) => {
    await callRpc(bus, RevokeLink, { caller, uid: null, link_id: parseLinkId(context) });
    context.status = 204;
  });

  addRoute(door, routes.revokeLink, async (context, caller) => {
    const link_id = parseLinkId(context);
    await callRpc(bus, RevokeLink, { uid: parseUid(context.params.uid), caller, link_id });
    context.status = 204;
  });
}

function answerCreated(context: Context, link: { url: string }): void {
  context.status = 201;
  context.set('Location', link.url);
  context.body = link;
}

function parseLinkId(context: Context): string {
  const id = LinkId.safeParse(context.params.id);
  if (!id.success) throw new AppError('link_not_found', 'there is no such link');
  return id.data;
}

function parsePage(context: Context): { limit: number; cursor: string | null } {
  const { cursor = null, limit } = parseQuery(LinkQuery, context);
  return { cursor, limit };
}
