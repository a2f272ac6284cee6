import { createHash, randomBytes, randomUUIDv7 } from 'node:crypto';
import type Router from '@koa/router';
import { CreateLink, LinkOptions, openCaller, ResolveLink, RevokeLink, type ShareLink } from '@wharf/contracts';
import { callRpc } from '@wharf/messaging';
import { AppError } from '@wharf/service-kit';
import type { Context } from 'koa';
import { z } from 'zod';
import { answerWithFile } from '../downloads/download.route.js';
import { parseUid } from '../files/parse-uid.js';
import type { Gateway } from '../gateway.js';
import { parseBody, readJson } from '../http/json-body.js';
import { refuseOtherMethods } from '../http/refuse-other-methods.js';

const tokenBytes = 32;
const LinkId = z.uuid();

/** Share links: whoever has one reads the file without any other permission, until it ends or is revoked. */
export function addLinkRoutes(router: Router, gateway: Gateway): void {
  router.post('/files/:uid/links', readJson(), async (context) => {
    const uid = parseUid(context.params.uid);
    const link = await createLink(gateway, uid, parseBody(LinkOptions, context, {}));
    context.status = 201;
    context.set('Location', link.url);
    context.body = link;
  });

  refuseOtherMethods(router, '/files/:uid/links', ['POST']);

  router.delete('/files/:uid/links/:id', async (context) => {
    const linkId = LinkId.safeParse(context.params.id);
    if (!linkId.success) throw new AppError('link_not_found', 'there is no such link');
    await callRpc(gateway.bus, RevokeLink, {
      uid: parseUid(context.params.uid),
      caller: openCaller,
      link_id: linkId.data,
    });
    context.status = 204;
  });

  router.get('/links/:token', (context) => serveLink(gateway, context));
  // As with files, any name may stand behind it.
  router.get('/links/:token/:name', (context) => serveLink(gateway, context));
}

/** The token is made here and kept nowhere: metadata and the bus see its digest alone. */
async function createLink({ bus }: Gateway, uid: string, options: LinkOptions): Promise<ShareLink> {
  const token = randomBytes(tokenBytes).toString('base64url');
  const link = {
    expires_at: options.expires_in ? new Date(Date.now() + options.expires_in * 1000).toISOString() : null,
    max_downloads: options.max_downloads ?? null,
  };
  const id = randomUUIDv7();
  await callRpc(bus, CreateLink, { uid, caller: openCaller, link_id: id, token_hash: hashOf(token), ...link });
  return { id, url: `/api/v1/links/${token}`, ...link };
}

async function serveLink(gateway: Gateway, context: Context): Promise<void> {
  const { token = '' } = context.params;
  // The address is the permission: pages behind the file must not learn it.
  context.set('Referrer-Policy', 'no-referrer');
  const { file, link } = await callRpc(gateway.bus, ResolveLink, { token_hash: hashOf(token) });
  await answerWithFile(gateway, context, { record: file, link, path: `/api/v1/links/${token}` });
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
