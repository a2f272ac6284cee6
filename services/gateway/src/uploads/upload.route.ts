import { randomUUIDv7 } from 'node:crypto';
import { DeliveryReceipt, ownerOf, Uid, type UploadOptions } from '@wharf/contracts';
import { AppError, faultPoint } from '@wharf/service-kit';
import type { Context } from 'koa';
import type { Authenticated } from '../access/authenticated.js';
import { addRoute, type Door, type Handler } from '../access/http/add-route.js';
import { routes } from '../access/route-table.js';
import type { Gateway } from '../gateway.js';
import { publicUrl } from '../http/public-url.js';
import { readQuery } from '../http/read-query.js';
import { refuseOtherMethods } from '../http/refuse-other-methods.js';
import { receiptOf } from '../requests/receipt-of.js';
import { requireDeliverable } from '../requests/require-deliverable.js';
import { withinRequest } from '../requests/within-request.js';
import { createByIetf, readCreation } from '../resumable/ietf/create.route.js';
import { acceptUpload, formOverheadBytes } from './accept-upload.js';
import { readIdempotencyKey } from './idempotency/idempotency-key.js';
import type { ReceivedFile } from './plan-file.js';
import { quotaOf } from './quotas/owned-quota.js';
import type { QuotaReservation } from './quotas/quota-reservation.js';
import { withinQuota } from './quotas/within-quota.js';
import { receiveMultipart } from './receive-multipart.js';
import { nameFromHeader, receiveStream } from './receive-stream.js';
import { requireLength } from './require-length.js';
import { requireNoParameters, requireStreamParameters } from './require-options.js';
import { requirePlainBytes } from './require-plain-bytes.js';
import { readDigestHeaders } from './stated-digests.js';
import { storeFile } from './store-file.js';
import { answerOf, type ReceiveUpload, uploadOnce } from './upload-once.js';
import { parseUploadOptions } from './upload-options.js';
import { withinOpenUploads } from './within-open-uploads.js';

/** Stages a body under this uid, within the quota where there is one. */
type Receive = (
  uid: string,
  quota: QuotaReservation | undefined,
) => Promise<{ file: ReceivedFile; options: UploadOptions }>;

const formType = /^multipart\/form-data\b/i;

export function addUploadRoutes(door: Door, gateway: Gateway): void {
  const uploadBody: Handler = (context, caller, quota, delivery) =>
    uploadStream(withinRequest(gateway, delivery), context, { caller, quota, delivery });
  addRoute(door, routes.uploadForm, (context, caller, quota, delivery) =>
    uploadForm(withinRequest(gateway, delivery), context, { caller, quota, delivery }),
  );
  addRoute(door, routes.uploadStream, uploadBody);
  // PUT as well: it is what `curl -T` sends.
  addRoute(door, routes.putStream, uploadBody);
  // They would go on to /files/{uid}, with `stream` for a uid.
  refuseOtherMethods(door, routes.uploadStream.path, ['POST', 'PUT']);
  addRoute(door, routes.putFile, uploadBody);
  addRoute(door, routes.putNamed, (context, caller, quota) => uploadNamed(gateway, context, { caller, quota }));
}

/** What `curl -T name.txt` makes of an address that ends in a slash. A file that is there already is not replaced. */
async function uploadNamed(gateway: Gateway, context: Context, uploader: Authenticated): Promise<void> {
  const { name = '' } = context.params;
  if (Uid.safeParse(name.toLowerCase()).success) {
    context.set('Allow', 'HEAD, GET, PATCH, DELETE');
    throw new AppError('method_not_allowed', 'the bytes of a file never change');
  }
  await uploadStream(gateway, context, uploader, name);
}

async function uploadForm(gateway: Gateway, context: Context, uploader: Authenticated): Promise<void> {
  requireLength(context.req);
  if (!context.is('multipart/form-data')) {
    throw new AppError('invalid_request', 'send multipart/form-data here, or a raw body to /api/v1/files/stream');
  }
  requirePlainBytes(context.req.headers);
  requireNoParameters(readQuery(context));
  const digests = readDigestHeaders(context.req.headers);
  await upload(gateway, context, uploader, async (uid, quota) => {
    const reservation = await acceptUpload(gateway, context.req, formOverheadBytes, quota);
    return receiveMultipart(gateway, context.req, { uid, digests, reservation }).finally(() => reservation.release());
  });
}

/** `pathName`: the name in the path, instead of one in the query. */
async function uploadStream(
  gateway: Gateway,
  context: Context,
  uploader: Authenticated,
  pathName?: string,
): Promise<void> {
  requireLength(context.req);
  if (formType.test(context.req.headers['content-type'] ?? '')) {
    throw new AppError('invalid_request', 'this route takes a raw body: send forms to /api/v1/files');
  }
  requirePlainBytes(context.req.headers);
  const query = readQuery(context);
  requireStreamParameters(query, pathName === undefined ? ['filename'] : []);
  const options = parseUploadOptions(query);
  const targetName = pathName ?? query.filename;
  if (uploader.delivery) requireDeliverable(uploader.delivery, { options, ...toldOf(context, targetName) });
  const resumable = readCreation(gateway, context);
  if (resumable) {
    const { declaredType: type, sentName: name } = toldOf(context, targetName);
    const described = { name, type, options };
    return createByIetf(gateway, context, { described, request: resumable, uploader });
  }
  const digests = readDigestHeaders(context.req.headers);
  await upload(gateway, context, uploader, async (uid, quota) => {
    const reservation = await acceptUpload(gateway, context.req, 0, quota);
    const receiving = receiveStream(gateway, context.req, {
      uid,
      targetName,
      digests,
      reservation,
    });
    return { options, file: await receiving.finally(() => reservation.release()) };
  });
}

function toldOf({ req: { headers } }: Context, targetName: string | undefined) {
  const sentName = nameFromHeader(headers['content-disposition']) ?? targetName ?? '';
  return { sentName, declaredType: headers['content-type'] };
}

function upload(gateway: Gateway, context: Context, uploader: Authenticated, receive: Receive): Promise<void> {
  const whose = { ownerId: ownerOf(uploader.caller), requestId: uploader.delivery?.id };
  return withinOpenUploads(gateway, context, () =>
    storeUpload(gateway, context, uploader, async (...body) => ({ ...(await receive(...body)), ...whose })),
  );
}

/** Under a key only the first request makes a file; without one, every request does. */
async function storeUpload(
  gateway: Gateway,
  context: Context,
  uploader: Authenticated,
  receive: ReceiveUpload,
): Promise<void> {
  const key = readIdempotencyKey(context.req.headers, uploader.caller);
  const owner = quotaOf(gateway.config, uploader);
  if (key === undefined) {
    const uid = randomUUIDv7();
    const store = async (quota?: QuotaReservation) => storeFile(gateway, await receive(uid, quota));
    const stored = await withinQuota(gateway, { owner, uid }, store);
    return send(gateway, context, { uploader, answer: { ...answerOf(stored), isReplayed: false } });
  }
  const request = { key, route: `${context.method} ${context.path}`, owner };
  await send(gateway, context, { uploader, answer: await uploadOnce(gateway, request, receive) });
}

interface ToSend {
  uploader: Authenticated;
  answer: Awaited<ReturnType<typeof uploadOnce>>;
}

/** Whoever delivers gets a receipt. Where the file is they are told as well, and have no right to it. */
async function send({ config }: Gateway, context: Context, { answer, uploader: { delivery } }: ToSend): Promise<void> {
  await faultPoint('gateway.before_answer');
  context.status = answer.status;
  context.set('Location', publicUrl(config, answer.location));
  if (answer.isReplayed) context.set('Idempotency-Replayed', 'true');
  context.body = delivery ? receiptOf(DeliveryReceipt.parse(answer.body)) : answer.body;
}
