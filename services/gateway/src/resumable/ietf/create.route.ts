import type { UploadOptions } from '@wharf/contracts';
import { AppError } from '@wharf/service-kit';
import type { Context } from 'koa';
import type { Authenticated } from '../../access/authenticated.js';
import type { Gateway } from '../../gateway.js';
import { withinOpenUploads } from '../../uploads/within-open-uploads.js';
import { createUpload } from '../create-upload.js';
import { bodyOf } from '../judge-piece.js';
import { addressOf, setCompleteness, setVersion, tellAddress, uploadLimit } from './http/draft-answer.js';
import { type DraftRequest, readDraftRequest } from './http/draft-request.js';
import { receiveAppend } from './http/receive-append.js';
import { lengthOf } from './judge-append.js';
import { needsOneRequest, readDigests, requireLeadingDigests } from './read-digests.js';

/** The file that a raw upload is to become. */
export interface DescribedUpload {
  name: string;
  type: string | undefined;
  options: UploadOptions;
}

/**
 * The resumable upload that a raw one asks to be, by `Upload-Complete`; undefined for all others. One that brings all its bytes is resumable only
 * where its client can be told so; under a key, or with a digest that cannot be judged piece by piece, it is an upload as any other.
 * Throws `invalid_request`.
 */
export function readCreation(gateway: Gateway, context: Context): DraftRequest | undefined {
  const { headers } = context.req;
  const request = readDraftRequest(context.req, gateway.config);
  if (request.isLast === undefined) return undefined;
  setVersion(context, request.version);
  setCompleteness(context, false);
  const hasKey = headers['idempotency-key'] !== undefined;
  if (!request.isLast) {
    if (hasKey) throw new AppError('invalid_request', 'an Idempotency-Key is for uploads of one request');
    requireLeadingDigests(headers);
    return request;
  }
  lengthOf({ bytes: bodyOf(context.req), isLast: true, length: request.length, offset: 0 });
  if (request.version !== undefined && !hasKey && !needsOneRequest(headers)) return request;
  setCompleteness(context, true);
  return undefined;
}

/** Begins an upload with the body of a request, which may be all of it, a part, or empty. */
export async function createByIetf(
  gateway: Gateway,
  context: Context,
  { described, request, uploader }: { described: DescribedUpload; request: DraftRequest; uploader: Authenticated },
): Promise<void> {
  const { version } = request;
  const isLast = request.isLast === true;
  context.set('Upload-Limit', uploadLimit(gateway.config));
  const digests = readDigests(context.req.headers, { isWhole: isLast });
  const length = lengthOf({ bytes: bodyOf(context.req), isLast, length: request.length, offset: 0 });
  await withinOpenUploads(gateway, context, async () => {
    const lease = await createUpload(gateway, uploader, {
      ...described,
      kind: 'whole',
      is_ended: false,
      length: length ?? null,
      ...(digests.stated !== undefined && { stated_sha256: [digests.stated] }),
    });
    tellAddress(context, version, {
      location: addressOf(gateway.config, lease.uid),
      limit: uploadLimit(gateway.config, { entry: lease.entry, version }),
    });
    const append = { ...digests, version, isLast, offset: 0, length, isResumable: version !== undefined, isNew: true };
    await receiveAppend(gateway, context, { append, lease, uploader });
  });
}
