import { AppError, faultPoint } from '@wharf/service-kit';
import type { Context } from 'koa';
import type { Authenticated } from '../../access/authenticated.js';
import type { Gateway } from '../../gateway.js';
import { publicUrl } from '../../http/public-url.js';
import { requirePlainBytes } from '../../uploads/require-plain-bytes.js';
import { readDigestHeaders } from '../../uploads/stated-digests.js';
import { withinOpenUploads } from '../../uploads/within-open-uploads.js';
import { abandonUpload } from '../abandon-upload.js';
import { appendToUpload } from '../append-to-upload.js';
import { createUpload } from '../create-upload.js';
import { answerEmpty } from '../http/answer-empty.js';
import { invalidHeader } from '../invalid-header.js';
import { joinUploads } from '../join-uploads.js';
import { bodyOf } from '../judge-piece.js';
import type { UploadEntry } from '../upload-entry.js';
import { readCount, readDigests, setProgress } from './http/tus-headers.js';
import { parseChecksum } from './parse-checksum.js';
import { parseConcat } from './parse-concat.js';
import { describeFile } from './parse-metadata.js';
import { pieceType } from './protocol.js';

/** POST: creation, with or without a length, with the first bytes where the request has some, or from parts. */
export async function createByTus(gateway: Gateway, context: Context, uploader: Authenticated): Promise<void> {
  requirePieceType(context);
  requirePlainBytes(context.req.headers);
  const concat = parseConcat(context.req.headers['upload-concat']);
  // The uid of a joined upload follows from its parts, and would be no secret.
  if (concat && uploader.delivery) throw invalidHeader('Upload-Concat', 'is not for deliveries');
  await withinOpenUploads(gateway, context, async () => {
    const { entry, uid } =
      concat?.kind === 'final'
        ? await join(gateway, context, { uploader, parts: concat.parts })
        : await begin(gateway, context, { uploader, kind: concat?.kind ?? 'whole' });
    await faultPoint('gateway.before_answer');
    context.set('Location', publicUrl(gateway.config, `/api/v1/uploads/${uid}`));
    setProgress(context, uid, entry);
    answerEmpty(context, 201);
  });
}
interface Begun {
  uid: string;
  entry: UploadEntry;
}

async function begin(
  gateway: Gateway,
  context: Context,
  { kind, uploader }: { kind: 'whole' | 'partial'; uploader: Authenticated },
): Promise<Begun> {
  const length = readLength(context);
  const checksum = parseChecksum(context.req.headers['upload-checksum']);
  const digests = readDigests(context);
  const lease = await createUpload(gateway, uploader, { ...describe(context), kind, length });
  const { uid } = lease;
  const piece = { request: context.req, offset: 0, length: undefined, checksum, digests };
  try {
    const { entry } = await appendToUpload(gateway, { lease, piece, uploader });
    return { uid, entry };
  } catch (error) {
    // Its client never learns where it is.
    await abandonUpload(gateway, uid, uploader.caller);
    throw error;
  }
}

function join(
  gateway: Gateway,
  context: Context,
  { parts, uploader }: { parts: readonly string[]; uploader: Authenticated },
): Promise<Begun> {
  const { headers } = context.req;
  if (headers['upload-length'] !== undefined || headers['upload-defer-length'] !== undefined)
    throw new AppError('invalid_request', 'an upload of parts has the length of its parts');
  if (bodyOf(context.req) !== 0) throw new AppError('invalid_request', 'an upload of parts has no bytes of its own');
  return joinUploads(gateway, uploader, { ...describe(context), parts });
}

function describe(context: Context) {
  const sent = context.req.headers['upload-metadata'] as string | undefined;
  const stated = readDigestHeaders({ 'repr-digest': context.req.headers['repr-digest'] });
  const sha256 = stated.filter(({ algorithm }) => algorithm === 'sha256').map(({ hex }) => hex);
  return { ...describeFile(sent), sent_metadata: sent, ...(sha256.length > 0 && { stated_sha256: sha256 }) };
}

/** Null where the client says it later. */
function readLength(context: Context): number | null {
  const length = readCount(context, 'Upload-Length');
  const deferred = context.req.headers['upload-defer-length'];
  if (deferred !== undefined && deferred !== '1') throw invalidHeader('Upload-Defer-Length', 'must be 1');
  if ((length === undefined) === (deferred === undefined))
    throw new AppError(
      'invalid_request',
      'an upload needs the header Upload-Length, or Upload-Defer-Length, and not both',
    );
  return length ?? null;
}

/** Of a request that has a body. Throws `content_type_not_allowed`. */
export function requirePieceType(context: Context): void {
  if (bodyOf(context.req) === 0) return;
  const [type] = (context.req.headers['content-type'] ?? '').split(';');
  if (type?.trim().toLowerCase() !== pieceType)
    throw new AppError('content_type_not_allowed', `bytes are appended as ${pieceType}`);
}
