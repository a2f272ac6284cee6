import { AppError, ifMissing } from '@wharf/service-kit';
import type { ObjectStat } from './object-store.js';
import type { S3Connection } from './s3.connection.js';
import { planParts } from './s3.part-plan.js';
import { openObject } from './s3.read.js';
import { isSameObject } from './same-object.js';
import { sha256Of } from './sha256-of.js';

interface Move {
  connection: S3Connection;
  stat(key: string): Promise<ObjectStat>;
  from: string;
  to: string;
}

/** AWS, "CopyObject": larger objects are copied in parts. */
const largestCopyBytes = 5 * 1024 ** 3;

/** See `ObjectStore.move`: S3 has no rename, so it is a copy within the store, its check, and a removal. */
export async function moveObject(
  move: Move,
  limits: { maxCopyBytes?: number | undefined; partSizeBytes: number },
): Promise<void> {
  const { connection, from, stat, to } = move;
  const { client, bucket } = connection;
  const [source, target] = await Promise.all([ifMissing(stat(from)), ifMissing(stat(to))]);
  if (!source && target) return;
  if (!source) throw new AppError('file_not_found', 'there is no such object');
  if (target && !(await isSame(move, source, target))) {
    throw new AppError('conflict', `another object is at ${to} already`);
  }
  if (!target) {
    const isSmall = source.sizeBytes <= (limits.maxCopyBytes ?? largestCopyBytes);
    if (isSmall) await client.copyObject(bucket, to, `/${bucket}/${from}`);
    else await copyInParts(move, source, limits.partSizeBytes);
    requireAlike(source, await stat(to));
  }
  // Whoever has written to the old key meanwhile has written something else: that is not ours to remove.
  const now = await stat(from);
  if (now.etag !== source.etag) throw new AppError('conflict', `another object came to ${from} meanwhile`);
  await client.removeObject(bucket, from);
}

/** A copy that was made in one piece has another tag than a source that came in parts: then the bytes decide. */
async function isSame({ connection, from, to }: Move, source: ObjectStat, target: ObjectStat): Promise<boolean> {
  if (!isSameObject(source, target)) return false;
  if (source.etag !== '' && source.etag === target.etag) return true;
  const [ours, theirs] = await Promise.all([from, to].map(async (key) => sha256Of(await openObject(connection, key))));
  return ours === theirs;
}

/** An answer to a copy proves nothing: 200 may carry an error. */
function requireAlike(source: ObjectStat, target: ObjectStat): void {
  if (!isSameObject(source, target)) throw new AppError('digest_mismatch', 'the copy within the store differs');
}

/** The client's own `composeObject` gives every part of one source the same number, and hides that it failed. */
async function copyInParts({ connection, from, to }: Move, source: ObjectStat, partSizeBytes: number): Promise<void> {
  const { client, bucket } = connection;
  const { metaData } = await client.statObject(bucket, from);
  const uploadId = await client.initiateNewMultipartUpload(bucket, to, {
    'Content-Type': metaData['content-type'] ?? 'application/octet-stream',
    ...(source.uid !== null && { 'x-amz-meta-uid': source.uid }),
    ...(source.sha256 !== null && { 'x-amz-meta-sha256': source.sha256 }),
  });
  try {
    const parts: { part: number; etag: string }[] = [];
    for (const { number, start, sizeBytes } of planParts(source.sizeBytes, partSizeBytes)) {
      const headers = {
        'x-amz-copy-source': encodeURI(`/${bucket}/${from}`),
        'x-amz-copy-source-range': `bytes=${start}-${start + sizeBytes - 1}`,
      };
      const part = { bucketName: bucket, objectName: to, uploadID: uploadId, partNumber: number, headers };
      parts.push({ part: number, etag: (await client.uploadPart(part, '')).etag });
    }
    await client.completeMultipartUpload(bucket, to, uploadId, parts);
  } catch (error) {
    await client.abortMultipartUpload(bucket, to, encodeURIComponent(uploadId)).catch(() => undefined);
    throw error;
  }
}
