import {
  type Caller,
  type FileRequest,
  GetRequest,
  type KeptRequest,
  ListRequests,
  NewRequest,
  RequestChangesBody,
  RequestQuery,
  UpdateRequest,
} from '@wharf/contracts';
import { callRpc } from '@wharf/messaging';
import { AppError } from '@wharf/service-kit';
import type { Context } from 'koa';
import { z } from 'zod';
import { addRoute, type Door } from '../access/http/add-route.js';
import { routes } from '../access/route-table.js';
import type { Gateway } from '../gateway.js';
import { parseBody, withJson } from '../http/json-body.js';
import { parseQuery } from '../http/parse-query.js';
import { publicUrl } from '../http/public-url.js';
import { createRequest } from './create-request.js';
import { requireTakenTypes } from './require-taken-types.js';

const RequestId = z.uuid();

/** Asking others for files, which is for those who will have them. */
export function addRequestRoutes(door: Door, gateway: Gateway): void {
  const { bus } = gateway;

  addRoute(
    door,
    routes.createRequest,
    withJson(async (context, caller) => {
      const request = await createRequest(gateway, caller, parseBody(NewRequest, context));
      context.status = 201;
      context.set('Location', publicUrl(gateway.config, `/api/v1/requests/${request.id}`));
      context.body = request;
    }),
  );

  addRoute(door, routes.listRequests, async (context, caller) => {
    const { cursor = null, limit } = parseQuery(RequestQuery, context);
    const { next_cursor, requests } = await callRpc(bus, ListRequests, { caller, limit, cursor });
    context.body = { requests: requests.map(withoutAddress), next_cursor };
  });

  addRoute(door, routes.getRequest, async (context, caller) => {
    context.body = withoutAddress(await callRpc(bus, GetRequest, { caller, request_id: idOf(context) }));
  });

  addRoute(
    door,
    routes.updateRequest,
    withJson(async (context, caller) => {
      const request_id = idOf(context);
      const { expires_in, status, ...changes } = parseBody(RequestChangesBody, context);
      requireTakenTypes(gateway.config, changes.allowed_types);
      const request = await update(gateway, caller, request_id, {
        ...changes,
        ...(expires_in !== undefined && { expires_at: new Date(Date.now() + expires_in * 1000).toISOString() }),
        ...(status !== undefined && { is_closed: status === 'closed' }),
      });
      context.body = withoutAddress(request);
    }),
  );

  addRoute(door, routes.closeRequest, async (context, caller) => {
    await update(gateway, caller, idOf(context), { is_closed: true });
    context.status = 204;
  });
}

function update(
  { bus }: Gateway,
  caller: Caller,
  request_id: string,
  changes: z.infer<typeof UpdateRequest.request>['changes'],
): Promise<KeptRequest> {
  return callRpc(bus, UpdateRequest, { caller, request_id, changes });
}

/** Only where it is made its address is known. */
function withoutAddress(request: KeptRequest): FileRequest {
  return { ...request, url: null };
}

/** Throws `request_not_found` for what is no id: no request has it. */
function idOf({ params }: Context): string {
  const id = RequestId.safeParse(params.id);
  if (!id.success) throw new AppError('request_not_found', 'no such file request');
  return id.data;
}
