import { AppError } from '@wharf/service-kit';
import type { Context } from 'koa';
import type { Config } from '../../../config.js';
import { readDigestHeaders, type StatedDigests } from '../../../uploads/stated-digests.js';
import { invalidHeader } from '../../invalid-header.js';
import { canExpire, isToBeJoined, type UploadEntry } from '../../upload-entry.js';
import { tusVersion } from '../protocol.js';

/** Every answer says which protocol it speaks, and a request has to. Throws `precondition_failed`. */
export function requireTusVersion(context: Context): void {
  context.set('Tus-Resumable', tusVersion);
  if (context.get('Tus-Resumable') === tusVersion) return;
  context.set('Tus-Version', tusVersion);
  throw new AppError('precondition_failed', `this speaks tus ${tusVersion}: say so in the header Tus-Resumable`);
}

/** What one request may append, in the form of draft-ietf-httpbis-resumable-upload: tus has no word for it. */
export function setUploadLimit(context: Context, config: Pick<Config, 'maxAppendBytes' | 'maxFileSizeBytes'>): void {
  const { maxAppendBytes, maxFileSizeBytes } = config;
  const append = maxAppendBytes === undefined ? '' : `, max-append-size=${maxAppendBytes}`;
  context.set('Upload-Limit', `max-size=${maxFileSizeBytes}${append}`);
}

/** What a client may know of an upload once a request has dealt with it. */
export function setProgress(context: Context, uid: string, entry: UploadEntry): void {
  if (!isToBeJoined(entry)) context.set('Upload-Offset', String(entry.offset));
  // RFC 9110 §5.6.7.
  if (canExpire(entry)) context.set('Upload-Expires', new Date(entry.expires_at).toUTCString());
  if (entry.state === 'stored') context.set('Wharf-File', `/api/v1/files/${uid}`);
}

/** Of the body of the request. Throws `invalid_request`. */
export function readDigests({ req: { headers } }: Context): StatedDigests {
  const { 'content-digest': contentDigest, 'content-md5': md5 } = headers;
  return readDigestHeaders({ 'content-digest': contentDigest, 'content-md5': md5 });
}

/** A header that is a whole number; undefined where it is not there. Throws `invalid_request`. */
export function readCount(context: Context, name: string): number | undefined {
  const text = context.req.headers[name.toLowerCase()];
  if (text === undefined) return undefined;
  if (typeof text === 'string' && /^\d{1,15}$/.test(text)) return Number(text);
  throw invalidHeader(name, 'must be a whole number');
}
