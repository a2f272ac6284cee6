import type Router from '@koa/router';
import { AppError } from '@wharf/service-kit';
import type { Context } from 'koa';
import { v7 as uuidv7 } from 'uuid';
import type { Gateway } from '../gateway.js';
import { acceptUpload, formOverheadBytes } from './accept-upload.js';
import { receiveMultipart } from './receive-multipart.js';
import { receiveStream } from './receive-stream.js';
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
  const room = await acceptUpload(gateway, context.req, formOverheadBytes);
  try {
    const { file, options } = await receiveMultipart(gateway, context.req, uuidv7(), room);
    answer(context, await storeFile(gateway, file, options));
  } finally {
    room.release();
  }
}

async function uploadStream(gateway: Gateway, context: Context): Promise<void> {
  const options = parseUploadOptions(context.query);
  const { filename } = context.query;
  const room = await acceptUpload(gateway, context.req, 0);
  try {
    const queryName = Array.isArray(filename) ? filename[0] : filename;
    const file = await receiveStream(gateway, context.req, { uid: uuidv7(), queryName, room });
    answer(context, await storeFile(gateway, file, options));
  } finally {
    room.release();
  }
}

function answer(context: Context, { record, isRecorded }: StoredFile): void {
  context.status = isRecorded ? 201 : 202;
  context.set('Location', `/api/v1/files/${record.uid}`);
  context.body = record;
}
