import { randomUUIDv7 } from 'node:crypto';
import type Router from '@koa/router';
import { AppError, faultPoint } from '@wharf/service-kit';
import type { Context } from 'koa';
import type { Gateway } from '../gateway.js';
import { readQuery } from '../http/read-query.js';
import { acceptUpload, formOverheadBytes } from './accept-upload.js';
import { readIdempotencyKey } from './idempotency/idempotency-key.js';
import { receiveMultipart } from './receive-multipart.js';
import { receiveStream } from './receive-stream.js';
import { requireNoParameters, requireStreamParameters } from './require-options.js';
import { requirePlainBytes } from './require-plain-bytes.js';
import { readDigestHeaders } from './stated-digests.js';
import { storeFile } from './store-file.js';
import { answerOf, type ReceiveUpload, uploadOnce } from './upload-once.js';
import { parseUploadOptions } from './upload-options.js';

const formType = /^multipart\/form-data\b/i;
const streamMethods = ['POST', 'PUT'];

export function addUploadRoutes(router: Router, gateway: Gateway): void {
  router.post('/files', (context) => uploadForm(gateway, context));
  // PUT as well: it is what `curl -T` sends.
  router.register('/files/stream', streamMethods, (context) => uploadStream(gateway, context));
  // All else would go on to /files/{uid}, with `stream` for a uid.
  router.register('/files/stream', [], (context) => {
    context.set('Allow', streamMethods.join(', '));
    throw new AppError('method_not_allowed', `this route does not take ${context.method}`);
  });
}

async function uploadForm(gateway: Gateway, context: Context): Promise<void> {
  if (!context.is('multipart/form-data')) {
    throw new AppError('invalid_request', 'send multipart/form-data here, or a raw body to /api/v1/files/stream');
  }
  requirePlainBytes(context.req.headers);
  requireNoParameters(readQuery(context));
  const digests = readDigestHeaders(context.req.headers);
  await upload(gateway, context, async (uid) => {
    const room = await acceptUpload(gateway, context.req, formOverheadBytes);
    return receiveMultipart(gateway, context.req, { uid, digests, room }).finally(() => room.release());
  });
}

async function uploadStream(gateway: Gateway, context: Context): Promise<void> {
  if (formType.test(context.req.headers['content-type'] ?? '')) {
    throw new AppError('invalid_request', 'this route takes a raw body: send forms to /api/v1/files');
  }
  requirePlainBytes(context.req.headers);
  const query = readQuery(context);
  requireStreamParameters(query);
  const options = parseUploadOptions(query);
  const digests = readDigestHeaders(context.req.headers);
  await upload(gateway, context, async (uid) => {
    const room = await acceptUpload(gateway, context.req, 0);
    const receiving = receiveStream(gateway, context.req, { uid, queryName: query.filename, digests, room });
    return { options, file: await receiving.finally(() => room.release()) };
  });
}

/** Throws `rate_limited` before the body is read where the client's address has as many uploads open as it may. */
async function upload(gateway: Gateway, context: Context, receive: ReceiveUpload): Promise<void> {
  const slot = gateway.openUploads.enter(context.ip);
  if (!slot) throw new AppError('rate_limited', 'this address has as many uploads open as it may have at a time');
  try {
    await storeUpload(gateway, context, receive);
  } finally {
    slot.leave();
  }
}

/** Under a key only the first request makes a file; without one, every request does. */
async function storeUpload(gateway: Gateway, context: Context, receive: ReceiveUpload): Promise<void> {
  const key = readIdempotencyKey(context.req.headers);
  if (key === undefined) {
    const { file, options } = await receive(randomUUIDv7());
    return send(context, { ...answerOf(await storeFile(gateway, file, options)), isReplayed: false });
  }
  await send(context, await uploadOnce(gateway, { key, route: `${context.method} ${context.path}` }, receive));
}

async function send(context: Context, answer: Awaited<ReturnType<typeof uploadOnce>>): Promise<void> {
  await faultPoint('gateway.before_answer');
  context.status = answer.status;
  context.set('Location', answer.location);
  if (answer.isReplayed) context.set('Idempotency-Replayed', 'true');
  context.body = answer.body;
}
