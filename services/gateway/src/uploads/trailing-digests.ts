import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { type FinishedPart, layout, type Volume } from '@wharf/volume';
import { type ReceivedDigests, readDigestHeaders, requireDigests } from './stated-digests.js';

/**
 * Judges the digests in the trailer of a chunked body, once all of it was read: senders that compute while they send state
 * them there (RFC 9530 §2). `body` are digests of the whole body where that is not the file alone.
 * Throws `invalid_request` for a field that is none, `digest_mismatch`.
 */
export async function requireTrailingDigests(
  volume: Pick<Volume, 'openFile'>,
  request: IncomingMessage,
  { uid, part, body = {} }: { uid: string; part: FinishedPart; body?: ReceivedDigests },
): Promise<void> {
  // `trailers` makes an object for each request that is asked.
  if (request.rawTrailers.length === 0) return;
  const stated = readDigestHeaders(request.trailers);
  const md5 = stated.md5 === undefined ? undefined : (part.md5 ?? (await md5Of(volume, uid, part)));
  requireDigests(stated, { sha256: part.sha256, md5 }, body);
}

/** Not computed in passing, since nobody may have announced it: the file is read once more. */
async function md5Of(volume: Pick<Volume, 'openFile'>, uid: string, { bytes }: FinishedPart): Promise<string> {
  const hash = createHash('md5');
  if (bytes) return hash.update(bytes).digest('hex');
  const file = await volume.openFile(layout.part(uid));
  await pipeline(file.createReadStream(), hash);
  return hash.digest('hex');
}
