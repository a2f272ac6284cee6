import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { layout, type Staged, type Volume } from '@wharf/volume';
import { type DigestAlgorithm, type ReceivedDigests, readDigestHeaders, requireDigests } from './stated-digests.js';

/**
 * Judges the digests in the trailer of a chunked body, once all of it was read: senders that compute while they send state
 * them there (RFC 9530 §2). `body` are digests of the whole body where that is not the file alone.
 * Throws `invalid_request` for a field that is none, `digest_mismatch`.
 */
export async function requireTrailingDigests(
  volume: Pick<Volume, 'openFile'>,
  request: IncomingMessage,
  { staged, body = {} }: { staged: Staged; body?: ReceivedDigests },
): Promise<void> {
  // `trailers` makes an object for each request that is asked.
  if (request.rawTrailers.length === 0) return;
  const stated = readDigestHeaders(request.trailers);
  const file: ReceivedDigests = { sha256: staged.sha256, md5: staged.md5 };
  for (const { algorithm } of stated) file[algorithm] ??= await digestOf(volume, staged, algorithm);
  requireDigests(stated, file, body);
}

/** Not computed in passing, since nobody may have announced it: the file is read once more. */
async function digestOf(
  volume: Pick<Volume, 'openFile'>,
  { bytes, uid }: Staged,
  algorithm: DigestAlgorithm,
): Promise<string> {
  const hash = createHash(algorithm);
  if (bytes) return hash.update(bytes).digest('hex');
  const file = await volume.openFile(layout.staged(uid));
  await pipeline(file.createReadStream(), hash);
  return hash.digest('hex');
}
