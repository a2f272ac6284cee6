import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { parse } from 'content-disposition';
import type { Gateway } from '../gateway.js';
import { HeadJudge } from './head-judge.js';
import type { ReceivedFile } from './plan-file.js';
import { readBody } from './read-body.js';
import { DigestsInPassing, requireDigests, type StatedDigests, states } from './stated-digests.js';
import { requireTrailingDigests } from './trailing-digests.js';
import type { UploadReservation } from './upload-reservation.js';

export interface StreamDescription {
  uid: string;
  /** The name in the query or the path; one in the header wins. */
  targetName: string | undefined;
  digests: StatedDigests;
  reservation: UploadReservation;
}

/**
 * Stages a raw body of any length. On any failure nothing is left on the volume.
 * Throws `file_too_large`, `content_type_not_allowed`, `incomplete_body`, `digest_mismatch`.
 */
export async function receiveStream(
  { config, volume }: Pick<Gateway, 'config' | 'volume'>,
  request: IncomingMessage,
  { uid, targetName, digests, reservation }: StreamDescription,
): Promise<ReceivedFile> {
  const withMd5 = states(digests, 'md5');
  const inPassing = new DigestsInPassing(states(digests, 'sha512') ? ['sha512'] : []);
  const described = {
    sentName: nameFromHeader(request.headers['content-disposition']) ?? targetName ?? '',
    declaredType: request.headers['content-type'],
  };
  const head = HeadJudge.of(config, described);
  const file = volume.stage(uid, { maxBytes: config.maxFileSizeBytes, reservation, withMd5, takesChunks: true });
  try {
    await readBody(request, (chunk) => {
      inPassing.update(chunk);
      const judging = head?.take(chunk);
      return judging ? judging.then(() => file.write([chunk])) : file.write([chunk]);
    });
    const staged = await file.finish();
    requireDigests(digests, staged, inPassing.finish());
    await requireTrailingDigests(volume, request, { staged });
    return { staged, ...described };
  } catch (error) {
    await file.discard();
    throw error;
  }
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
