import { createHash, randomBytes, randomUUIDv7 } from 'node:crypto';
import {
  type Caller,
  CreateLink,
  LinkOptions,
  linkCaller,
  ResolveLink,
  RevokeLink,
  type ShareLink,
} from '@wharf/contracts';
import { callRpc } from '@wharf/messaging';
import { AppError } from '@wharf/service-kit';
import type { Context } from 'koa';
import { z } from 'zod';
import { addRoute, type Door, type Handler } from '../access/http/add-route.js';
import { routes } from '../access/route-table.js';
import { answerWithFile } from '../downloads/download.route.js';
import { parseUid } from '../files/parse-uid.js';
import type { Gateway } from '../gateway.js';
import { parseBody, withJson } from '../http/json-body.js';
import { refuseOtherMethods } from '../http/refuse-other-methods.js';

const tokenBytes = 32;
const LinkId = z.uuid();

/** Making and ending share links, which is for the owner of the file. */
export function addLinkRoutes(door: Door, gateway: Gateway): void {
  const create: Handler = async (context, caller) => {
    const uid = parseUid(context.params.uid);
    const link = await createLink(gateway, { uid, caller }, parseBody(LinkOptions, context, {}));
    context.status = 201;
    context.set('Location', link.url);
    context.body = link;
  };
  addRoute(door, routes.createLink, withJson(create));

  refuseOtherMethods(door, routes.createLink.path, ['POST']);

  addRoute(door, routes.revokeLink, async (context, caller) => {
    const linkId = LinkId.safeParse(context.params.id);
    if (!linkId.success) throw new AppError('link_not_found', 'there is no such link');
    const uid = parseUid(context.params.uid);
    await callRpc(gateway.bus, RevokeLink, { uid, caller, link_id: linkId.data });
    context.status = 204;
  });
}

/** Reading by a share link: whoever has one reads the file without any other right, until it ends or is revoked. */
export function addLinkDownloadRoutes(door: Door, gateway: Gateway): void {
  addRoute(door, routes.downloadLink, (context) => serveLink(gateway, context));
  // As with files, any name may stand behind it.
  addRoute(door, routes.downloadNamedLink, (context) => serveLink(gateway, context));
}

/** The token is made here and kept nowhere: metadata and the bus see its digest alone. */
async function createLink(
  { bus }: Gateway,
  file: { uid: string; caller: Caller },
  options: LinkOptions,
): Promise<ShareLink> {
  const token = randomBytes(tokenBytes).toString('base64url');
  const link = {
    expires_at: options.expires_in ? new Date(Date.now() + options.expires_in * 1000).toISOString() : null,
    max_downloads: options.max_downloads ?? null,
  };
  const id = randomUUIDv7();
  await callRpc(bus, CreateLink, { ...file, link_id: id, token_hash: hashOf(token), ...link });
  return { id, url: `/api/v1/links/${token}`, ...link };
}

async function serveLink(gateway: Gateway, context: Context): Promise<void> {
  const { token = '' } = context.params;
  // The address is the permission: pages behind the file must not learn it.
  context.set('Referrer-Policy', 'no-referrer');
  const { file, link } = await callRpc(gateway.bus, ResolveLink, { token_hash: hashOf(token) });
  const caller = linkCaller(link.id, file.uid);
  await answerWithFile(gateway, context, { record: file, caller, link, path: `/api/v1/links/${token}` });
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
