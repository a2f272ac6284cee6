import {
  type KeptRequest,
  RequestUnlocking,
  type RequestView,
  type ResolveRequest,
  type RpcReply,
} from '@wharf/contracts';
import { type Deliverers, refuseEnded } from '../access/deliverers.js';
import { addRoute, type Door } from '../access/http/add-route.js';
import { passwordHeader, shownRequest } from '../access/http/identify-deliverer.js';
import { routes } from '../access/route-table.js';
import type { Config } from '../config.js';
import type { Gateway } from '../gateway.js';
import { parseBody, withJson } from '../http/json-body.js';
import type { PageHead } from '../pages/head.js';
import { serveSharedPage } from '../pages/http/serve-shared-page.js';
import { tellHow } from '../unlocking/http/tell-how.js';
import { setUnlockCookie } from './http/unlock-cookie.js';

/** What whoever has the address of a request may do beside delivering: read what is asked for, and unlock it. */
export function addRequestPageRoutes(door: Door, { access: { deliverers }, config }: Gateway): void {
  addRoute(door, routes.getRequestPage, async (context) => {
    const { token = '' } = context.params;
    // The address is the permission: no other page, cache or index may learn it.
    context.set('Referrer-Policy', 'no-referrer');
    context.set('Cache-Control', 'no-store');
    context.set('X-Robots-Tag', 'noindex');
    context.vary('Accept');
    if (context.accepts('text/html', 'application/json') !== 'application/json')
      return serveSharedPage(context, usualHead, () => findHead(deliverers, token));
    const looking = deliverers.look(shownRequest(context, token));
    const { isUnlocked, ...resolved } = await looking.catch((error: unknown) => {
      throw tellHow(context, passwordHeader, error);
    });
    refuseEnded(resolved.request);
    context.body = viewOf(resolved, { isUnlocked, config });
  });

  addRoute(
    door,
    routes.unlockRequest,
    withJson(async (context) => {
      const { token = '' } = context.params;
      context.set('Referrer-Policy', 'no-referrer');
      const { password } = parseBody(RequestUnlocking, context);
      const unlocking = deliverers.unlock(shownRequest(context, token), password);
      const { request_id, unlock_key } = await unlocking.catch((error: unknown) => {
        throw tellHow(context, passwordHeader, error);
      });
      if (unlock_key !== null) setUnlockCookie(context, { id: request_id, key: unlock_key });
      context.status = 204;
    }, '4kb'),
  );
}

const usualHead = { title: 'Wharf', description: 'Somebody asks you for files: send them here.' };

async function findHead(deliverers: Deliverers, token: string): Promise<PageHead> {
  const { request } = await deliverers.resolve(token);
  refuseEnded(request);
  return headOf(request);
}

/** Of a request with a password nothing is told. */
function headOf({ has_password, message, title }: KeptRequest): PageHead {
  return has_password ? usualHead : { title, description: message ?? usualHead.description };
}

function viewOf(
  { bytes_left, files_left, request }: RpcReply<typeof ResolveRequest>,
  { config, isUnlocked }: { config: Config; isUnlocked: boolean },
): RequestView {
  const { allowed_types, expires_at, has_password, max_bytes, max_file_size, max_files, message, title } = request;
  const shared = { expires_at, has_password, is_unlocked: isUnlocked };
  if (!isUnlocked) return { ...nothingTold, ...shared };
  return {
    title,
    message,
    max_files,
    max_bytes,
    max_file_size: Math.min(max_file_size, config.maxFileSizeBytes),
    files_left,
    bytes_left,
    allowed_types,
    ...shared,
  };
}

const nothingTold = {
  title: null,
  message: null,
  max_files: null,
  max_bytes: null,
  max_file_size: null,
  files_left: null,
  bytes_left: null,
  allowed_types: [],
};
