import { AppError, ifMissing } from '@wharf/service-kit';
import type { ObjectStat } from './object-store.js';
import type { S3Connection } from './s3.connection.js';
import { copyInParts, largestCopyBytes } from './s3.copy.js';
import { openObject } from './s3.read.js';
import { isSameObject } from './same-object.js';
import { sha256Of } from './sha256-of.js';

interface Move {
  connection: S3Connection;
  stat(key: string): Promise<ObjectStat>;
  from: string;
  to: string;
}

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
    else {
      const headers = await headersOf(move, source);
      await copyInParts(connection, { from, to, sizeBytes: source.sizeBytes, headers }, limits.partSizeBytes);
    }
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

/** What the object says of itself, for its copy. */
async function headersOf({ connection, from }: Move, { sha256, uid }: ObjectStat): Promise<Record<string, string>> {
  const { metaData } = await connection.client.statObject(connection.bucket, from);
  return {
    'Content-Type': metaData['content-type'] ?? 'application/octet-stream',
    ...(uid !== null && { 'x-amz-meta-uid': uid }),
    ...(sha256 !== null && { 'x-amz-meta-sha256': sha256 }),
  };
}
