import { declaredCharset, requireAllowedType } from '@wharf/content-types';
import { DeleteFile, FileChanges, FileQuery, GetFile, ListFiles, UpdateFile } from '@wharf/contracts';
import { callRpc } from '@wharf/messaging';
import { hasCode } from '@wharf/service-kit';
import { parse } from 'content-type';
import type { Context } from 'koa';
import { addRoute, type Door, type Handler } from '../access/http/add-route.js';
import { routes } from '../access/route-table.js';
import { requireVisible } from '../downloads/require-readable.js';
import type { Gateway } from '../gateway.js';
import { parseBody, withJson } from '../http/json-body.js';
import { invalidQuery, parseQuery } from '../http/parse-query.js';
import { cleanFileName } from '../uploads/file-name.js';
import { requireFuture } from '../uploads/upload-options.js';
import { parseUid } from './parse-uid.js';
import { publicRecord } from './public-record.js';

/** Strict: a filter with a slip in its name would quietly list everything. */
const StrictQuery = FileQuery.strict();
const StrictChanges = FileChanges.strict();

/** The routes of the records: list, read, change, delete. */
export function addFileRoutes(door: Door, { bus, config, records }: Gateway): void {
  addRoute(door, routes.listFiles, async (context, caller) => {
    const { cursor = null, limit, sort, ...filter } = parseQuery(StrictQuery, context);
    const listing = callRpc(bus, ListFiles, { caller, filter, sort, limit, cursor });
    context.body = await (cursor === null ? listing : listing.catch(blameCursor));
  });

  addRoute(door, routes.getFileMetadata, async (context, caller) => {
    const record = await callRpc(bus, GetFile, { uid: parseUid(context.params.uid), caller });
    requireVisible(record, caller);
    context.body = publicRecord(record);
  });

  const update: Handler = async (context, caller) => {
    const merges_metadata = context.is('application/merge-patch+json') !== false;
    const uid = parseUid(context.params.uid);
    const changes = parseChanges(context, config);
    const record = await callRpc(bus, UpdateFile, { uid, caller, changes, merges_metadata });
    await records.forget(uid);
    context.body = publicRecord(record);
  };
  addRoute(door, routes.updateFile, withJson(update));

  addRoute(door, routes.deleteFile, async (context, caller) => {
    const uid = parseUid(context.params.uid);
    await callRpc(bus, DeleteFile, { uid, caller });
    await records.forget(uid);
    context.status = 204;
  });
}

/** Cursors metadata alone can read; all else was judged here by the same schema. */
function blameCursor(error: unknown): never {
  if (!hasCode(error, 'invalid_request')) throw error;
  throw invalidQuery([{ path: 'cursor', message: error.message }]);
}

function parseChanges(context: Context, { allowedContentTypes }: Gateway['config']): FileChanges {
  const changes = parseBody(StrictChanges, context);
  const { original_name: name, content_type: type, expires_at: expiresAt } = changes;
  if (expiresAt) requireFuture(expiresAt, Date.now());
  return {
    ...changes,
    ...(name === undefined ? {} : { original_name: cleanFileName(name) }),
    ...(type === undefined ? {} : typeChanges(type, allowedContentTypes)),
  };
}

/** A charset among the parameters is kept as an upload's is; one beside the type does not hide it. */
function typeChanges(header: string, allowed: readonly string[]): FileChanges {
  const contentType = parse(header).type.toLowerCase();
  requireAllowedType(contentType, allowed);
  const charset = declaredCharset(header);
  return charset === undefined ? { content_type: contentType } : { content_type: contentType, charset };
}
