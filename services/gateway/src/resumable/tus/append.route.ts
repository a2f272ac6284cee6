import { faultPoint } from '@wharf/service-kit';
import type { Context } from 'koa';
import type { Authenticated } from '../../access/authenticated.js';
import type { Gateway } from '../../gateway.js';
import { requirePlainBytes } from '../../uploads/require-plain-bytes.js';
import { withinOpenUploads } from '../../uploads/within-open-uploads.js';
import { appendToUpload } from '../append-to-upload.js';
import { invalidHeader } from '../invalid-header.js';
import { takeUpload } from '../take-upload.js';
import { requirePieceType } from './create.route.js';
import { readCount, readDigests, setProgress } from './http/tus-headers.js';
import { parseChecksum } from './parse-checksum.js';

/** PATCH: appends a body behind the offset that both sides know. */
export async function appendByTus(
  gateway: Gateway,
  context: Context,
  { uid, uploader }: { uid: string; uploader: Authenticated },
): Promise<void> {
  requirePieceType(context);
  requirePlainBytes(context.req.headers);
  const offset = readCount(context, 'Upload-Offset');
  if (offset === undefined) throw invalidHeader('Upload-Offset', 'is missing');
  const length = readCount(context, 'Upload-Length');
  const checksum = parseChecksum(context.req.headers['upload-checksum']);
  const digests = readDigests(context);
  await withinOpenUploads(gateway, context, async () => {
    const lease = await takeUpload(gateway, uid, uploader.caller);
    const { entry } = await appendToUpload(gateway, {
      lease,
      piece: { request: context.req, offset, length, checksum, digests },
      uploader,
    });
    await faultPoint('gateway.before_answer');
    context.status = 204;
    setProgress(context, uid, entry);
  });
}
