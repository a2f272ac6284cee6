import { randomUUIDv7 } from 'node:crypto';
import { confirmAttachment, removeSent } from '@wharf/attachments';
import {
  AttachmentConfirmation,
  AttachmentQuery,
  AttachmentRequest,
  DeleteAttachment,
  GetAttachment,
  ListAttachments,
} from '@wharf/contracts';
import { callRpc } from '@wharf/messaging';
import { AppError } from '@wharf/service-kit';
import type { Context } from 'koa';
import { addRoute, type Door, type Handler } from '../access/http/add-route.js';
import { routes } from '../access/route-table.js';
import { parseUid } from '../files/parse-uid.js';
import type { Gateway } from '../gateway.js';
import { parseBody, withJson } from '../http/json-body.js';
import { parseQuery } from '../http/parse-query.js';
import { publicUrl } from '../http/public-url.js';
import { reachedOrigin } from '../http/reached-origin.js';
import { refuseOtherMethods } from '../http/refuse-other-methods.js';
import { answerOnce } from '../uploads/idempotency/answer-once.js';
import { fingerprintOf } from '../uploads/idempotency/fingerprint.js';
import type { Answer } from '../uploads/idempotency/idempotency-entry.js';
import { readIdempotencyKey } from '../uploads/idempotency/idempotency-key.js';
import { presignAttachment } from './presign-attachment.js';
import { shownAttachment } from './shown-attachment.js';

/** Files that clients send straight to the object store, and confirm. */
export function addAttachmentRoutes(door: Door, gateway: Gateway): void {
  const { bus, config, records } = gateway;

  const presign: Handler = async (context, caller, quota) => {
    const request = parseBody(AttachmentRequest, context);
    const uploader = { caller, quota };
    await answer(gateway, context, { caller, request }, async (id) => {
      const presigned = await presignAttachment(gateway, {
        id,
        uploader,
        request,
        origin: reachedOrigin(config, context),
      });
      return { status: 201, location: addressOf(id), body: presigned };
    });
    context.set('Cache-Control', 'no-store');
  };
  addRoute(door, routes.presignAttachment, withJson(presign));

  const confirm: Handler = async (context, caller) => {
    const request = parseBody(AttachmentConfirmation, context);
    await answer(gateway, context, { caller, request }, async () => {
      const record = await confirmAttachment(gateway, { ...request, caller });
      await records.forget(record.uid);
      const body = await shownAttachment(gateway, record, reachedOrigin(config, context));
      return { status: 200, location: addressOf(record.uid), body };
    });
  };
  addRoute(door, routes.confirmAttachment, withJson(confirm));
  // They would go on to /attachments/{id}.
  for (const { path } of [routes.presignAttachment, routes.confirmAttachment]) refuseOtherMethods(door, path, ['POST']);

  addRoute(door, routes.getAttachment, async (context, caller) => {
    const attachment_id = parseUid(context.params.id);
    const { file } = await callRpc(bus, GetAttachment, { attachment_id, caller });
    if (!file) throw new AppError('upload_missing', 'this attachment is not confirmed yet');
    context.body = await shownAttachment(gateway, file, reachedOrigin(config, context));
  });

  addRoute(door, routes.listAttachments, async (context, caller) => {
    const { cursor = null, limit, message_id = null } = parseQuery(AttachmentQuery, context);
    const page = await callRpc(bus, ListAttachments, { caller, message_id, after: cursor, limit });
    const attachments = await Promise.all(
      page.files.map((file) => shownAttachment(gateway, file, reachedOrigin(config, context))),
    );
    context.body = { attachments, next_cursor: page.next };
  });

  addRoute(door, routes.deleteAttachment, async (context, caller) => {
    const attachment_id = parseUid(context.params.id);
    await callRpc(bus, DeleteAttachment, { attachment_id, caller });
    await records.forget(attachment_id);
    await removeAtOnce(gateway, attachment_id);
    context.status = 204;
  });
}

function addressOf(id: string): string {
  return `/api/v1/attachments/${id}`;
}

/** Under a key once, without one as often as it is asked. */
async function answer(
  gateway: Gateway,
  context: Context,
  { caller, request }: { caller: Parameters<Handler>[1]; request: object },
  work: (uid: string) => Promise<Answer>,
): Promise<void> {
  const key = readIdempotencyKey(context.req.headers, caller);
  const route = `${context.method} ${context.path}`;
  const fingerprint = fingerprintOf({ route, request });
  const { body, isReplayed, location, status } =
    key === undefined
      ? { ...(await work(randomUUIDv7())), isReplayed: false }
      : await answerOnce(gateway, { key, route, fingerprint }, work);
  context.status = status;
  if (status === 201) context.set('Location', publicUrl(gateway.config, location));
  if (isReplayed) context.set('Idempotency-Replayed', 'true');
  context.body = body;
}

/** Before the janitor comes, which looks for what arrives afterwards. */
async function removeAtOnce({ logger, store }: Gateway, id: string): Promise<void> {
  try {
    await removeSent(store, { id, is_multipart: true });
  } catch (error) {
    logger.warn({ error, uid: id }, 'what was sent of a deleted attachment is left to the janitor');
  }
}
