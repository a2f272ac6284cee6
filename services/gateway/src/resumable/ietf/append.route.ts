import { AppError } from '@wharf/service-kit';
import type { Context } from 'koa';
import type { Authenticated } from '../../access/authenticated.js';
import type { Gateway } from '../../gateway.js';
import { requirePlainBytes } from '../../uploads/require-plain-bytes.js';
import { withinOpenUploads } from '../../uploads/within-open-uploads.js';
import { invalidHeader } from '../invalid-header.js';
import { takeUpload } from '../take-upload.js';
import { setCompleteness, setVersion, uploadLimit } from './http/draft-answer.js';
import { isLastAppend, readDraftRequest } from './http/draft-request.js';
import { receiveAppend } from './http/receive-append.js';
import { pieceType } from './protocol.js';
import { readDigests, requireLeadingDigests } from './read-digests.js';

/** PATCH: appends a body, and ends the upload where the client says that it is the last. */
export async function appendByIetf(
  gateway: Gateway,
  context: Context,
  { uid, uploader }: { uid: string; uploader: Authenticated },
): Promise<void> {
  const { headers } = context.req;
  const request = readDraftRequest(context.req, gateway.config);
  setVersion(context, request.version);
  setCompleteness(context, false);
  context.set('Upload-Limit', uploadLimit(gateway.config));
  requirePieceType(context);
  requirePlainBytes(headers);
  requireLeadingDigests(headers);
  const isLast = isLastAppend(request);
  const { length, offset, version } = request;
  if (isLast === undefined) throw invalidHeader('Upload-Complete', 'must say whether these are the last bytes');
  if (offset === undefined) throw invalidHeader('Upload-Offset', 'must say where these bytes belong');
  const digests = readDigests(headers, { isWhole: false });
  await withinOpenUploads(gateway, context, async () => {
    const lease = await takeUpload(gateway, uid, uploader.caller);
    const append = { ...digests, version, isLast, offset, length, isResumable: true, isNew: false };
    await receiveAppend(gateway, context, { append, lease, uploader });
  });
}

/** Throws `content_type_not_allowed`. */
function requirePieceType({ req }: Context): void {
  const [type] = (req.headers['content-type'] ?? '').split(';');
  if (type?.trim().toLowerCase() !== pieceType)
    throw new AppError('content_type_not_allowed', `bytes are appended as ${pieceType}`);
}
