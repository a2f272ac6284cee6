import { ArchiveRequest, type Caller } from '@wharf/contracts';
import type { Context } from 'koa';
import { addRoute, type Door, type Handler } from '../access/http/add-route.js';
import { routes } from '../access/route-table.js';
import type { Gateway } from '../gateway.js';
import { parseBody, withJson } from '../http/json-body.js';
import { archiveName } from './archive-name.js';
import { readArchiveForm, readArchiveQuery } from './http/read-archive-form.js';
import { serveArchive } from './serve-archive.js';

/** Files as one zip: named in the address, or, where they are more than an address holds, in a body. */
export function addArchiveRoutes(door: Door, gateway: Gateway): void {
  addRoute(door, routes.downloadArchive, (context, caller) =>
    answer(gateway, context, { caller, ...readArchiveQuery(context) }),
  );

  const json = withJson((context, caller) =>
    answer(gateway, context, { caller, ...parseBody(ArchiveRequest, context) }),
  );
  const post: Handler = async (context, caller, quota) => {
    if (!context.is('urlencoded')) return json(context, caller, quota);
    await answer(gateway, context, { caller, ...(await readArchiveForm(context)) });
  };
  addRoute(door, routes.requestArchive, post);
}

async function answer(
  gateway: Gateway,
  context: Context,
  { caller, filename, uids }: ArchiveRequest & { caller: Caller },
): Promise<void> {
  context.respond = false;
  await serveArchive(gateway, {
    uids,
    callerOf: () => caller,
    link: undefined,
    name: archiveName(filename),
    isHead: context.method === 'HEAD',
    headers: context.req.headers,
    response: context.res,
  });
}
