import { AppError, faultPoint, hasCode, toAppError } from '@wharf/service-kit';
import type { Context } from 'koa';
import type { Authenticated } from '../../../access/authenticated.js';
import type { Gateway } from '../../../gateway.js';
import { statusOf } from '../../../http/problem.js';
import { abandonUpload } from '../../abandon-upload.js';
import { appendToUpload } from '../../append-to-upload.js';
import { bodyOf, LengthExceeded } from '../../judge-piece.js';
import { isComplete } from '../../upload-entry.js';
import type { UploadLease } from '../../upload-lease.js';
import { judgeAppend } from '../judge-append.js';
import { inconsistentLength } from '../protocol.js';
import type { RequestDigests } from '../read-digests.js';
import { answerAppend } from './answer-append.js';
import { breakOff } from './break-off.js';
import { setCompleteness, tellProgress } from './draft-answer.js';

export interface DraftAppend extends RequestDigests {
  version: number | undefined;
  isLast: boolean;
  offset: number;
  length: number | undefined;
  /** Whether the client knows where it can go on after an interruption. */
  isResumable: boolean;
  /** Whether this is the request that began the upload. */
  isNew: boolean;
}

/**
 * Appends the body of a request to an upload that it holds, and answers. A client takes any answer for the end; so where it can go on, and the
 * reason is one that passes, the connection ends instead.
 */
export async function receiveAppend(
  gateway: Gateway,
  context: Context,
  { append, lease, uploader }: { append: DraftAppend; lease: UploadLease; uploader: Authenticated },
): Promise<void> {
  try {
    const appended = await appendDraft(gateway, context, { append, lease, uploader });
    await faultPoint('gateway.before_answer');
    await answerAppend(gateway, context, { ...append, uid: lease.uid, ...appended });
  } catch (error) {
    if (!lease.isOver) await lease.release().catch(() => undefined);
    const hasBegun = context.req.readableDidRead;
    if (hasBegun && append.isResumable && passes(error)) return breakOff(gateway, context, error);
    if (isForfeited(append, error, hasBegun)) await abandonUpload(gateway, lease.uid, uploader.caller);
    throw inDraftWords(context, lease, error);
  }
}

async function appendDraft(
  gateway: Gateway,
  context: Context,
  { append, lease, uploader }: { append: DraftAppend; lease: UploadLease; uploader: Authenticated },
) {
  const { digests, isLast, offset, version } = append;
  const length = judgeAppend(lease.entry, { ...append, bytes: bodyOf(context.req) });
  await keepDigest(lease, append.stated);
  const onProgress = (to: number) => tellProgress(context, version, to);
  const piece = { request: context.req, offset, length, checksum: undefined, digests, isLast, onProgress };
  const appended = await appendToUpload(gateway, { lease, piece, uploader });
  if (isLast && appended.entry.state === 'open' && !isComplete(appended.entry))
    throw inconsistentLength(`the upload ended at ${appended.entry.offset} instead of ${appended.entry.length}`);
  return appended;
}

/** Of the whole file, where the client says it now. Throws `digest_mismatch` where it has said another one. */
async function keepDigest(lease: UploadLease, stated: string | undefined): Promise<void> {
  const { state, stated_sha256: known } = lease.entry;
  if (stated === undefined || state !== 'open' || known?.includes(stated)) return;
  if (known) throw new AppError('digest_mismatch', 'the upload began with another digest of the whole file');
  await lease.write({ stated_sha256: [stated] });
}

/** Whether no client comes back to it: nobody knows where it is, it was refused as it began, or its length was a lie. */
function isForfeited({ isNew, isResumable }: DraftAppend, error: unknown, hasBegun: boolean): boolean {
  if (error instanceof LengthExceeded) return isNew || hasBegun;
  return isNew && (!isResumable || statusOf(toAppError(error).code) < 500);
}

/** What another attempt may not meet. */
function passes(error: unknown): boolean {
  return ['incomplete_body', 'upload_locked', 'unavailable', 'internal'].includes(toAppError(error).code);
}

function inDraftWords(context: Context, { entry }: UploadLease, error: unknown): unknown {
  const isOfFile =
    hasCode(error, 'content_type_not_allowed') || (hasCode(error, 'digest_mismatch') && isComplete(entry));
  setCompleteness(context, isOfFile);
  if (!isOfFile) context.set('Upload-Offset', String(entry.offset));
  if (error instanceof LengthExceeded) return inconsistentLength(error.message);
  return error;
}
