import { Uid } from '@wharf/contracts';
import { AppError } from '@wharf/service-kit';
import type { Context } from 'koa';
import type { Authenticated } from '../../access/authenticated.js';
import { addRoute, type Door, type Handler } from '../../access/http/add-route.js';
import { routes } from '../../access/route-table.js';
import type { Gateway } from '../../gateway.js';
import { withinRequest } from '../../requests/within-request.js';
import { ietfHandlers } from '../ietf/ietf.route.js';
import { terminateUpload } from '../terminate-upload.js';
import { noUpload } from '../upload-entry.js';
import { appendByTus } from './append.route.js';
import { createByTus } from './create.route.js';
import { requireTusVersion, setUploadLimit } from './http/tus-headers.js';
import { checksumAlgorithms, pieceType, tusExtensions, tusVersion } from './protocol.js';
import { readByTus } from './read.route.js';

/** What anybody may know before a request: browsers ask without credentials. */
export function addTusOptions(door: Door, { config }: Gateway): void {
  const tell: Handler = (context) => {
    context.status = 204;
    context.set('Tus-Resumable', tusVersion);
    context.set('Tus-Version', tusVersion);
    context.set('Tus-Max-Size', String(config.maxFileSizeBytes));
    context.set('Tus-Extension', tusExtensions.join(','));
    context.set('Tus-Checksum-Algorithm', checksumAlgorithms.join(','));
    setUploadLimit(context, config);
  };
  addRoute(door, routes.describeUploads, tell);
  addRoute(door, routes.describeUpload, tell);
}

/** `gateway` as the caller meets it. */
type Handle = (gateway: Gateway, context: Context, uploader: Authenticated) => Promise<void>;

/** Resumable uploads by tus 1.0, and, where a request does not speak it, `byIetf`. */
export function addTusRoutes(door: Door, gateway: Gateway): void {
  const byIetf = ietfHandlers(uidOf);
  const add = (route: (typeof routes)[keyof typeof routes], handle: Handle, other?: Handle) => {
    addRoute(door, route, (context, caller, quota, delivery) => {
      const met = withinRequest(gateway, delivery);
      if (other && !speaksTus(context)) return other(met, context, { caller, quota, delivery });
      requireTusVersion(context);
      setUploadLimit(context, met.config);
      return handle(met, context, { caller, quota, delivery });
    });
  };
  const read: Handle = (met, context, { caller }) => readByTus(met, context, { uid: uidOf(context), caller });
  const append: Handle = (met, context, uploader) => appendByTus(met, context, { uid: uidOf(context), uploader });
  const terminate: Handle = async (met, context, { caller }) => {
    await terminateUpload(met, uidOf(context), caller);
    context.status = 204;
  };
  add(routes.createUpload, createByTus);
  add(routes.readUpload, read, byIetf.read);
  add(routes.getUpload, refuseGet, byIetf.read);
  add(routes.appendToUpload, append, byIetf.append);
  add(routes.terminateUpload, terminate, byIetf.terminate);
  const byName: Record<string, typeof append> = { HEAD: read, PATCH: append, DELETE: terminate };
  // For clients, and what stands before them, that know no other methods.
  add(routes.overrideUpload, (met, context, uploader) => {
    const named = byName[context.get('X-HTTP-Method-Override').toUpperCase()];
    if (named) return named(met, context, uploader);
    context.set('Allow', 'OPTIONS, HEAD, PATCH, DELETE');
    throw new AppError('method_not_allowed', 'an upload takes POST with X-HTTP-Method-Override alone');
  });
}

/** Every request of tus says so, or sends the type of tus. */
function speaksTus({ req }: Context): boolean {
  return req.headers['tus-resumable'] !== undefined || req.headers['content-type'] === pieceType;
}

async function refuseGet(_gateway: Gateway, context: Context): Promise<void> {
  context.set('Allow', 'OPTIONS, HEAD, PATCH, DELETE');
  throw new AppError('method_not_allowed', 'tus reads an upload by HEAD');
}

/** Throws `file_not_found` for what is no uid: no upload has it. */
function uidOf({ params }: Context): string {
  const uid = Uid.safeParse(params.uid);
  if (!uid.success) throw noUpload();
  return uid.data;
}
