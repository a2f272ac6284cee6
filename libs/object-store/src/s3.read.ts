import type { Readable } from 'node:stream';
import { AppError } from '@wharf/service-kit';
import { request } from 'undici';
import type { ByteRange } from './object-store.js';
import type { S3Connection } from './s3.connection.js';
import { errorOfAnswer } from './s3.errors.js';

const addressLifetimeSeconds = 900;
const bufferedBytes = 256 * 1024;

/**
 * A stream of an object, or of a range that is cut at the object's end as in HTTP. The answer must state its length:
 * undici turns an end before that length into an error of the stream, so that a short body never looks complete.
 */
export async function openObject(
  { client, bucket, dispatcher }: S3Connection,
  key: string,
  range?: ByteRange,
): Promise<Readable> {
  const address = await client.presignedUrl('GET', bucket, key, addressLifetimeSeconds);
  const { statusCode, headers, body } = await request(address, {
    dispatcher,
    headers: range ? { range: `bytes=${range.start}-${range.end}` } : {},
    highWaterMark: bufferedBytes,
  });
  // A reader may destroy the stream without listening for errors: where all bytes have come, undici raises one then.
  body.on('error', () => undefined);
  if (statusCode >= 300) throw errorOfAnswer(statusCode, await body.text());
  if (!statesItsLength(headers, range)) {
    body.destroy();
    throw new AppError('unavailable', 'the object store answered with other bytes than were asked for');
  }
  return body;
}

function statesItsLength(headers: Record<string, string | string[] | undefined>, range?: ByteRange): boolean {
  const length = Number(headers['content-length'] ?? Number.NaN);
  if (!range) return Number.isSafeInteger(length);
  const [, start, end, total] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(String(headers['content-range'])) ?? [];
  const lastByte = Math.min(range.end, Number(total) - 1);
  return Number(start) === range.start && Number(end) === lastByte && length === lastByte - range.start + 1;
}
