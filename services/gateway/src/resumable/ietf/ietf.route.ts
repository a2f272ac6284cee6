import type { Context } from 'koa';
import type { Authenticated } from '../../access/authenticated.js';
import { addRoute, type Door } from '../../access/http/add-route.js';
import { routes } from '../../access/route-table.js';
import type { Gateway } from '../../gateway.js';
import { terminateUpload } from '../terminate-upload.js';
import { appendByIetf } from './append.route.js';
import { setVersion, uploadLimit } from './http/draft-answer.js';
import { readDraftRequest } from './http/draft-request.js';
import { readByIetf } from './read.route.js';

/** `gateway` as the caller meets it. */
type Handle = (gateway: Gateway, context: Context, uploader: Authenticated) => Promise<void>;

/** What anybody may know before a request: that resumable uploads begin here, and within which limits. */
export function addIetfOptions(door: Door, { config }: Gateway): void {
  addRoute(door, routes.describeStream, (context) => {
    setVersion(context, readDraftRequest(context.req, config).version);
    context.set('Allow', 'OPTIONS, POST, PUT');
    context.set('Upload-Limit', uploadLimit(config));
    context.status = 204;
  });
}

/** The same upload resource by draft-ietf-httpbis-resumable-upload. */
export function ietfHandlers(uidOf: (context: Context) => string): Record<'read' | 'append' | 'terminate', Handle> {
  return {
    read: (gateway, context, { caller }) => readByIetf(gateway, context, { uid: uidOf(context), caller }),
    append: (gateway, context, uploader) => appendByIetf(gateway, context, { uid: uidOf(context), uploader }),
    terminate: async (gateway, context, { caller }) => {
      setVersion(context, readDraftRequest(context.req, gateway.config).version);
      await terminateUpload(gateway, uidOf(context), caller);
      context.status = 204;
    },
  };
}
