import type { Caller } from '@wharf/contracts';
import { AppError } from '@wharf/service-kit';
import type { Context } from 'koa';
import { addRoute, type Door } from '../access/http/add-route.js';
import { routes } from '../access/route-table.js';
import { parseUid } from '../files/parse-uid.js';
import type { Gateway } from '../gateway.js';
import { readQuery } from '../http/read-query.js';
import type { FileRequest } from './file-request.js';
import { ReaderCookie } from './reader-cookie.js';
import { serveFile } from './serve-file.js';

/** What stands behind a uid in other routes, built or planned, is no name of a file there. */
const reservedNames = ['metadata', 'links', 'events'];

export function addDownloadRoutes(door: Door, gateway: Gateway): void {
  // HEAD comes with GET.
  addRoute(door, routes.downloadFile, (context, caller) => download(gateway, context, caller));
}

/** An address that ends in a name, for programs that take it from there. Any name: the record has the true one. After all other routes. */
export function addNamedDownloadRoutes(door: Door, gateway: Gateway): void {
  addRoute(door, routes.downloadNamedFile, (context, caller) => {
    const { name = '' } = context.params;
    if (reservedNames.includes(name)) throw new AppError('route_not_found', 'there is no such route');
    return download(gateway, context, caller);
  });
}

async function download(gateway: Gateway, context: Context, caller: Caller): Promise<void> {
  const uid = parseUid(context.params.uid);
  const record = await gateway.records.get(uid, caller);
  await answerWithFile(gateway, context, { record, caller, link: undefined, path: `/api/v1/files/${uid}` });
}

interface RequestedFile extends Pick<FileRequest, 'caller' | 'link' | 'record'> {
  /** Where the bytes are, whatever name stands behind it in the address of the request. */
  path: string;
}

/** Answers a GET or HEAD for the bytes of a file that was found. */
export async function answerWithFile(gateway: Gateway, context: Context, file: RequestedFile): Promise<void> {
  const { caller, link, path, record } = file;
  const request = {
    record,
    caller,
    link,
    isHead: context.method === 'HEAD',
    headers: context.req.headers,
    isInlineWanted: readQuery(context).disposition === 'inline',
    reader: () => new ReaderCookie(context, path),
    response: context.res,
  };
  context.respond = false;
  await serveFile(gateway, request);
}
