import { createHash, type Hash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { AppError, faultPoint, hasCode, retry } from '@wharf/service-kit';
import { request } from 'undici';
import type { PutSource } from './object-store.js';
import type { S3Connection } from './s3.connection.js';
import { errorOfAnswer, toStoreError } from './s3.errors.js';
import type { PlannedPart } from './s3.part-plan.js';
import { readFully, readVerified } from './source-file.js';

const partsInFlight = 3;
const partAttempts = 3;
const chunkBytes = 256 * 1024;
const addressLifetimeSeconds = 24 * 3600;

export interface Upload {
  connection: S3Connection;
  key: string;
  uploadId: string;
}

export interface SentPart {
  part: number;
  etag: string;
}

/**
 * Sends the parts of a file, a few at a time, each streamed from disk to a presigned address, because the minio client
 * sends parts one after another and hashes each twice. Beside them the whole file is read in order and compared with its SHA-256: a
 * file that was damaged on the local disk becomes no object. Returns the parts' tags in order; when a part fails for good, the file is
 * not the recorded one, or the signal fires, no request is under way any more once this rejects, so that the upload can be aborted safely.
 */
export async function sendParts(
  upload: Upload,
  source: PutSource,
  file: FileHandle,
  parts: readonly PlannedPart[],
  signal?: AbortSignal,
): Promise<SentPart[]> {
  const failure = new AbortController();
  const stop = signal ? AbortSignal.any([signal, failure.signal]) : failure.signal;
  const sent: SentPart[] = [];
  const queue = parts.values();
  const lanes = Array.from({ length: Math.min(partsInFlight, parts.length) }, async () => {
    for (const part of queue) {
      sent.push(await sendPart(upload, file, part, stop));
      await faultPoint('cloud_sync.mid_part');
    }
  });
  lanes.push(readVerified(file, source, stop));
  try {
    await Promise.all(lanes);
  } catch (error) {
    failure.abort();
    await Promise.allSettled(lanes);
    throw error;
  }
  return sent.sort((a, b) => a.part - b.part);
}

/** A part is repeated after a short trouble: the alternative is to send a whole large file again. */
function sendPart(upload: Upload, file: FileHandle, part: PlannedPart, stop: AbortSignal): Promise<SentPart> {
  const send = async () => {
    try {
      stop.throwIfAborted();
      return { part: part.number, etag: await sendPartOnce(upload, file, part, stop) };
    } catch (error) {
      throw toStoreError(error);
    }
  };
  return retry(send, {
    pauseMs: (failures) => (failures < partAttempts ? failures * 300 : undefined),
    isRetriable: (error) => hasCode(error, 'unavailable') || hasCode(error, 'digest_mismatch'),
    signal: stop,
  });
}

async function sendPartOnce(
  { connection, key, uploadId }: Upload,
  file: FileHandle,
  part: PlannedPart,
  stop: AbortSignal,
): Promise<string> {
  const query = { partNumber: String(part.number), uploadId };
  const { client, bucket, dispatcher } = connection;
  const address = await client.presignedUrl('PUT', bucket, key, addressLifetimeSeconds, query);
  const md5 = createHash('md5');
  const { statusCode, headers, body } = await request(address, {
    dispatcher,
    method: 'PUT',
    headers: { 'content-length': String(part.sizeBytes) },
    // undici takes any async iterable, its types do not say so; a Readable around it costs 10 % of the CPU time.
    body: bytesOf(file, part, md5) as unknown as Readable,
    signal: stop,
  });
  const text = await body.text();
  if (statusCode !== 200) throw errorOfAnswer(statusCode, text);
  const etag = etagOf(headers);
  if (tagIsMd5(etag, headers) && etag !== md5.digest('hex')) {
    throw new AppError('digest_mismatch', `part ${part.number} arrived changed`);
  }
  return etag;
}

async function* bytesOf(file: FileHandle, part: PlannedPart, md5: Hash): AsyncGenerator<Buffer> {
  // Two take turns. A chunk is larger than what a socket buffers, so undici asks for the next one when the socket has
  // drained: the one before it is no longer held by then. New memory for each chunk would pile up as garbage.
  const buffers = [chunkFor(part), chunkFor(part)];
  for (let done = 0, turn = 0; done < part.sizeBytes; turn = 1 - turn) {
    const chunk = (buffers[turn] as Buffer).subarray(0, part.sizeBytes - done);
    await readFully(file, chunk, part.start + done);
    md5.update(chunk);
    done += chunk.length;
    yield chunk;
  }
}

function chunkFor(part: PlannedPart): Buffer {
  return Buffer.allocUnsafeSlow(Math.min(chunkBytes, part.sizeBytes));
}

export function etagOf({ etag }: Record<string, string | string[] | undefined>): string {
  return String(etag ?? '').replaceAll('"', '');
}

/** Tags of objects under SSE-KMS and SSE-C look like an MD5 and are none (AWS, "Object", ETag). */
function tagIsMd5(etag: string, headers: Record<string, string | string[] | undefined>): boolean {
  const encryption = String(headers['x-amz-server-side-encryption'] ?? '');
  const isOtherTag = encryption.startsWith('aws:kms') || 'x-amz-server-side-encryption-customer-algorithm' in headers;
  return /^[0-9a-f]{32}$/.test(etag) && !isOtherTag;
}
