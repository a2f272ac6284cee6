import type Router from '@koa/router';
import { AppError } from '@wharf/service-kit';
import type { Context } from 'koa';
import { v7 as uuidv7 } from 'uuid';
import type { Gateway } from '../gateway.js';
import { acceptUpload, formOverheadBytes } from './accept-upload.js';
import { receiveMultipart } from './receive-multipart.js';
import { receiveStream } from './receive-stream.js';
import { readDigestHeaders } from './stated-digests.js';
import { type StoredFile, storeFile } from './store-file.js';
import { parseUploadOptions } from './upload-options.js';

export function addUploadRoutes(router: Router, gateway: Gateway): void {
  router.post('/files', (context) => uploadForm(gateway, context));
  // PUT as well: it is what `curl -T` sends.
  router.register('/files/stream', ['POST', 'PUT'], (context) => uploadStream(gateway, context));
}

async function uploadForm(gateway: Gateway, context: Context): Promise<void> {
  if (!context.is('multipart/form-data')) {
    throw new AppError('invalid_request', 'send multipart/form-data here, or a raw body to /api/v1/files/stream');
  }
  const digests = readDigestHeaders(context.req.headers);
  await acceptUpload(gateway, context.req, formOverheadBytes);
  const { file, options } = await receiveMultipart(gateway, context.req, { uid: uuidv7(), digests });
  answer(context, await storeFile(gateway, file, options));
}

async function uploadStream(gateway: Gateway, context: Context): Promise<void> {
  const options = parseUploadOptions(context.query);
  const digests = readDigestHeaders(context.req.headers);
  const { filename } = context.query;
  const queryName = Array.isArray(filename) ? filename[0] : filename;
  await acceptUpload(gateway, context.req, 0);
  const file = await receiveStream(gateway, context.req, { uid: uuidv7(), queryName, digests });
  answer(context, await storeFile(gateway, file, options));
}

function answer(context: Context, { record, isRecorded }: StoredFile): void {
  context.status = isRecorded ? 201 : 202;
  context.set('Location', `/api/v1/files/${record.uid}`);
  context.body = record;
}
