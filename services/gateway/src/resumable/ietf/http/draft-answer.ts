import { STATUS_CODES } from 'node:http';
import type { Context } from 'koa';
import { serializeBoolean, serializeDictionary } from 'structured-headers';
import type { Config } from '../../../config.js';
import { publicUrl } from '../../../http/public-url.js';
import { canExpire, type UploadEntry } from '../../upload-entry.js';
import { olderVersion } from '../protocol.js';

// Node takes the words of a status from here, and has none for this one.
STATUS_CODES[104] ??= 'Upload Resumption Supported';

type Limits = Pick<Config, 'maxAppendBytes' | 'maxFileSizeBytes'>;

/** What clients have to keep within: of an upload, or, without one, of any. */
export function uploadLimit(limits: Limits, of?: { entry: UploadEntry; version: number | undefined }): string {
  const { maxAppendBytes, maxFileSizeBytes } = limits;
  const age = of?.version === olderVersion ? 'expires' : 'max-age';
  return serializeDictionary({
    'max-size': maxFileSizeBytes,
    ...(maxAppendBytes !== undefined && { 'max-append-size': maxAppendBytes }),
    ...(of && canExpire(of.entry) && { [age]: secondsUntil(of.entry.expires_at) }),
  });
}

/** The same in all answers to a request. */
export function addressOf(config: Pick<Config, 'publicUrl'>, uid: string): string {
  return publicUrl(config, `/api/v1/uploads/${uid}`);
}

/** Whether the whole answer is that of the file, or that of the upload on its way. */
export function setCompleteness(context: Context, isComplete: boolean): void {
  context.set('Upload-Complete', serializeBoolean(isComplete));
}

/** Every answer says it, where the client has: answers of versions that it does not speak it has to ignore. */
export function setVersion(context: Context, version: number | undefined): void {
  if (version !== undefined) context.set('Upload-Draft-Interop-Version', String(version));
}

/** `104 Upload Resumption Supported`: from now on the client can go on after an interruption. */
export function tellAddress(
  context: Context,
  version: number | undefined,
  { location, limit }: { location: string; limit: string },
): void {
  inform(context, version, { Location: location, 'Upload-Limit': limit });
}

/** `104`: these bytes are durable, and need not be sent again. */
export function tellProgress(context: Context, version: number | undefined, offset: number): void {
  inform(context, version, { 'Upload-Offset': String(offset) });
}

function inform({ res }: Context, version: number | undefined, headers: Record<string, string>): void {
  if (version === undefined || res.headersSent || res.destroyed) return;
  res.writeInformation(104, { 'Upload-Draft-Interop-Version': String(version), ...headers });
}

function secondsUntil(time: string): number {
  return Math.max(0, Math.floor((Date.parse(time) - Date.now()) / 1000));
}
