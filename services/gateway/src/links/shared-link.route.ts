import { LinkUnlocking, linkCaller, UnlockLink } from '@wharf/contracts';
import { callRpc } from '@wharf/messaging';
import { AppError } from '@wharf/service-kit';
import type { Context } from 'koa';
import { addRoute, type Door } from '../access/http/add-route.js';
import { routes } from '../access/route-table.js';
import { archiveName } from '../archives/archive-name.js';
import { serveArchive } from '../archives/serve-archive.js';
import { answerWithFile } from '../downloads/download.route.js';
import { parseUid } from '../files/parse-uid.js';
import type { Gateway } from '../gateway.js';
import { parseBody, withJson } from '../http/json-body.js';
import { serveSharedPage } from '../pages/http/serve-shared-page.js';
import { addressOf } from '../unlocking/http/read-password.js';
import { isUnlocked, requireUnlocked, tellWhen } from './http/require-unlocked.js';
import { setUnlockCookie } from './http/unlock-cookie.js';
import { downloadPath, hashOf } from './link-token.js';
import { headOf } from './page-head.js';
import { filesOf, findSharedLink, type SharedLink } from './shared-link.js';
import { viewLink } from './view-link.js';

/** Reading by a share link: whoever has one reads its files without any other right but its password, until it ends or is revoked. */
export function addSharedLinkRoutes(door: Door, gateway: Gateway): void {
  addRoute(door, routes.getLinkPage, (context) => answerPage(gateway, context));
  addRoute(door, routes.downloadLink, (context) => serveLink(gateway, context));
  addRoute(door, routes.downloadLinkedFile, (context) => serveLinkedFile(gateway, context));
  // As with files, any name may stand behind it.
  addRoute(door, routes.downloadNamedLink, (context) => serveLink(gateway, context));
  addRoute(
    door,
    routes.unlockLink,
    withJson((context) => unlock(gateway, context), '4kb'),
  );
}

/** As JSON for programs and for the page itself; else the page. Neither uses up anything. */
async function answerPage(gateway: Gateway, context: Context): Promise<void> {
  context.vary('Accept');
  hideAddress(context);
  if (context.accepts('html', 'json') === 'html')
    return serveSharedPage(context, { title: 'Wharf' }, async () => headOf(await view(gateway, context)));
  context.body = await view(gateway, context);
}

async function view(gateway: Gateway, context: Context) {
  const shared = await findSharedLink(gateway, tokenOf(context));
  return viewLink(gateway, shared, await isUnlocked(gateway, context, shared));
}

async function serveLink(gateway: Gateway, context: Context): Promise<void> {
  const shared = await openLink(gateway, context);
  const { file, link, token } = shared;
  const path = downloadPath(token);
  if (file)
    return answerWithFile(gateway, context, { record: file, caller: linkCaller(link.id, file.uid), link, path });
  context.respond = false;
  await serveArchive(gateway, {
    ...filesOf(shared),
    link,
    name: archiveName(link.title),
    isHead: context.method === 'HEAD',
    headers: context.req.headers,
    response: context.res,
  });
}

/** One of the files of a link; each such download is one of the link. */
async function serveLinkedFile(gateway: Gateway, context: Context): Promise<void> {
  const uid = parseUid(context.params.uid);
  const { link, token, uids } = await openLink(gateway, context);
  if (!uids.includes(uid)) throw new AppError('file_not_found', `no file ${uid} is recorded`);
  const caller = linkCaller(link.id, uid);
  const record = await gateway.records.get(uid, caller);
  await answerWithFile(gateway, context, { record, caller, link, path: `${downloadPath(token)}/files/${uid}` });
}

async function openLink(gateway: Gateway, context: Context): Promise<SharedLink> {
  hideAddress(context);
  const shared = await findSharedLink(gateway, tokenOf(context));
  await requireUnlocked(gateway, context, shared);
  return shared;
}

async function unlock({ bus }: Gateway, context: Context): Promise<void> {
  hideAddress(context);
  const token = tokenOf(context);
  const { password } = parseBody(LinkUnlocking, context);
  const request = { token_hash: hashOf(token), password, address: addressOf(context) };
  const { link_id: id, unlock_key: key } = await callRpc(bus, UnlockLink, request).catch((error: unknown) =>
    tellWhen(context, error),
  );
  if (key !== null) setUnlockCookie(context, token, { id, key });
  context.status = 204;
}

function tokenOf(context: Context): string {
  return context.params.token ?? '';
}

/** The address is the permission: pages behind the files must not learn it. */
function hideAddress(context: Context): void {
  context.set('Referrer-Policy', 'no-referrer');
}
