import type { Caller } from '@wharf/contracts';
import { AppError } from '@wharf/service-kit';
import type { Context } from 'koa';
import type { Gateway } from '../../gateway.js';
import { readUpload } from '../read-upload.js';
import { endsByItself, isHeld } from '../upload-entry.js';
import { setCompleteness, setVersion, uploadLimit } from './http/draft-answer.js';
import { readDraftRequest } from './http/draft-request.js';

/**
 * HEAD, GET: the offset. It has to be one at which the client can go on: while another request writes there is none. Throws `upload_locked`, and
 * as `readUpload`.
 */
export async function readByIetf(
  gateway: Gateway,
  context: Context,
  { caller, uid }: { caller: Caller; uid: string },
): Promise<void> {
  const { version } = readDraftRequest(context.req, gateway.config);
  setVersion(context, version);
  const entry = await readUpload(gateway, uid, caller);
  if (entry.state === 'open' && isHeld(entry) && !endsByItself(entry))
    throw new AppError('upload_locked', 'another request writes to this upload');
  setCompleteness(context, entry.state !== 'open');
  context.set('Upload-Offset', String(entry.offset));
  if (entry.length !== null) context.set('Upload-Length', String(entry.length));
  context.set('Upload-Limit', uploadLimit(gateway.config, { entry, version }));
  context.set('Cache-Control', 'no-store');
  context.status = 204;
}
