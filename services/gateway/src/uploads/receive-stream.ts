import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { layout } from '@wharf/volume';
import { parse } from 'content-disposition';
import type { Gateway } from '../gateway.js';
import { PartSink } from './part-sink.js';
import type { ReceivedFile } from './plan-file.js';
import { requireDigests, type StatedDigests } from './stated-digests.js';
import type { RoomClaim } from './volume-room.js';

export interface StreamDescription {
  uid: string;
  /** The name in the query; one in the header wins. */
  queryName: string | undefined;
  digests: StatedDigests;
  room: RoomClaim;
}

/**
 * Takes a raw body of any length into a part. On any failure nothing is left on the volume.
 * Throws `file_too_large`, `digest_mismatch`.
 */
export async function receiveStream(
  { config, volume }: Pick<Gateway, 'config' | 'volume'>,
  request: IncomingMessage,
  { uid, queryName, digests, room }: StreamDescription,
): Promise<ReceivedFile> {
  const limits = { maxBytes: config.maxFileSizeBytes, room };
  const sink = new PartSink(volume, uid, limits, { withMd5: digests.md5 !== undefined });
  // Handed to the pipeline itself, a request whose upload is refused midway would be destroyed while its connection lives on:
  // nobody could read the rest of the body away, and the next request on that connection would never be answered.
  await pipeline(request.iterator({ destroyOnReturn: false }), sink);
  const part = sink.finishedPart();
  try {
    requireDigests(digests, part);
  } catch (error) {
    await volume.remove(layout.part(uid));
    throw error;
  }
  return {
    uid,
    part,
    sentName: nameFromHeader(request.headers['content-disposition']) ?? queryName ?? '',
    declaredType: request.headers['content-type'],
  };
}

/** The name in a Content-Disposition header; `filename*` wins over `filename` (RFC 6266 §4.3). */
export function nameFromHeader(header: string | undefined): string | undefined {
  if (!header) return undefined;
  const { parameters } = parse(header);
  const { filename } = parameters;
  if (filename === undefined || parameters['filename*'] !== undefined) return filename;
  // Node hands headers over as Latin-1; what is valid UTF-8 was meant as UTF-8.
  const bytes = Buffer.from(filename, 'latin1');
  return isUtf8(bytes) ? bytes.toString('utf8') : filename;
}
