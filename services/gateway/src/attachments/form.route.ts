import { pendingKeyOf } from '@wharf/attachments';
import { GetAttachment, serviceCaller, Uid } from '@wharf/contracts';
import { callRpc } from '@wharf/messaging';
import type { FormDoor, ReceivedObject } from '@wharf/object-store';
import { AppError, hasCode } from '@wharf/service-kit';
import type { Context } from 'koa';
import { addRoute, type Door } from '../access/http/add-route.js';
import { routes } from '../access/route-table.js';
import type { Gateway } from '../gateway.js';
import { refuseOtherMethods } from '../http/refuse-other-methods.js';
import { requireLength } from '../uploads/require-length.js';
import { withinOpenUploads } from '../uploads/within-open-uploads.js';
import { receiveForm } from './receive-form.js';

/** Takes presigned forms in the place of a store that has no door of its own. The form is the permission: no other credentials are looked at. */
export function addFormRoute(door: Door, gateway: Gateway): void {
  addRoute(door, routes.sendAttachment, (context) => takeForm(gateway, context));
  refuseOtherMethods(door, routes.sendAttachment.path, ['POST']);
}

async function takeForm(gateway: Gateway, context: Context): Promise<void> {
  const { formDoor } = gateway.store;
  if (!formDoor) throw new AppError('route_not_found', 'attachments are sent to the object store itself');
  requireLength(context.req);
  if (!context.is('multipart/form-data')) throw new AppError('invalid_request', 'send multipart/form-data here');
  await withinOpenUploads(gateway, context, async () => {
    const { etag } = await receiveForm(context.req, (fields) => openObject(gateway, formDoor, fields));
    context.set('ETag', `"${etag}"`);
    context.status = 204;
  });
}

/** As long as the form is valid its attachment may have been confirmed, deleted or given up: then nobody waits for its object. */
async function openObject({ bus }: Gateway, door: FormDoor, fields: Record<string, string>): Promise<ReceivedObject> {
  const object = await door.open(fields);
  try {
    const id = Uid.parse(object.key.slice(pendingKeyOf('').length));
    const { file } = await callRpc(bus, GetAttachment, { attachment_id: id, caller: serviceCaller });
    if (file) throw new AppError('conflict', 'this attachment is confirmed');
    return object;
  } catch (error) {
    await object.discard();
    if (hasCode(error, 'file_not_found'))
      throw new AppError('forbidden', 'this attachment is deleted', { cause: error });
    throw error;
  }
}
