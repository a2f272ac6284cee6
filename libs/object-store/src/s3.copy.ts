import { AppError } from '@wharf/service-kit';
import type { S3Connection } from './s3.connection.js';
import { errorOfAnswer } from './s3.errors.js';
import { planParts } from './s3.part-plan.js';
import { encodePath, signedRequest } from './s3.signed-request.js';

export interface Copy {
  from: string;
  to: string;
  sizeBytes: number;
  /** What the new object says of itself, its Content-Type included. */
  headers: Record<string, string>;
  /** Only of the object that has this tag. */
  ifMatch?: string;
}

interface CopyLimits {
  maxCopyBytes?: number | undefined;
  partSizeBytes: number;
}

/** AWS, "CopyObject": larger objects are copied in parts. */
export const largestCopyBytes = 5 * 1024 ** 3;

/**
 * Copies within the store, and gives the tag of the new object where the server tells it. Throws `conflict` where the source has another tag by now,
 * if the server looks. An answer without the tag of the source proves nothing: look at the new object.
 */
export async function copyObject(
  connection: S3Connection,
  copy: Copy,
  limits: CopyLimits,
): Promise<string | undefined> {
  if (copy.sizeBytes > (limits.maxCopyBytes ?? largestCopyBytes)) {
    await copyInParts(connection, copy, limits.partSizeBytes);
    return undefined;
  }
  const text = await request(connection, copy.to, {
    ...sourceHeaders(connection, copy),
    ...copy.headers,
    'x-amz-metadata-directive': 'REPLACE',
  });
  return tagIn(text);
}

/** The client's own `composeObject` gives every part of one source the same number, and hides that it failed. */
export async function copyInParts(connection: S3Connection, copy: Copy, partSizeBytes: number): Promise<void> {
  const { client, bucket } = connection;
  const { headers, sizeBytes, to } = copy;
  const uploadId = await client.initiateNewMultipartUpload(bucket, to, headers);
  try {
    const parts: { part: number; etag: string }[] = [];
    for (const { number, sizeBytes: bytes, start } of planParts(sizeBytes, partSizeBytes)) {
      const text = await request(
        connection,
        to,
        { ...sourceHeaders(connection, copy), 'x-amz-copy-source-range': `bytes=${start}-${start + bytes - 1}` },
        { partNumber: String(number), uploadId },
      );
      parts.push({ part: number, etag: tagIn(text) ?? '' });
    }
    await client.completeMultipartUpload(bucket, to, uploadId, parts);
  } catch (error) {
    await client.abortMultipartUpload(bucket, to, encodeURIComponent(uploadId)).catch(() => undefined);
    throw error;
  }
}

function tagIn(text: string): string | undefined {
  return /<ETag>(?:&quot;|")?([^<&"]+)/.exec(text)?.[1];
}

function sourceHeaders({ bucket }: S3Connection, { from, ifMatch }: Copy): Record<string, string> {
  return {
    'x-amz-copy-source': `/${bucket}/${encodePath(from)}`,
    // Ceph reads the condition under another name, and has none for parts: see `S3DirectUploads.accept`.
    ...(ifMatch !== undefined && {
      'x-amz-copy-source-if-match': `"${ifMatch}"`,
      'x-amz-copy-if-match': `"${ifMatch}"`,
    }),
  };
}

async function request(
  connection: S3Connection,
  key: string,
  headers: Record<string, string>,
  query: Record<string, string> = {},
): Promise<string> {
  const { status, text } = await signedRequest(connection, { method: 'PUT', key, headers, query });
  if (status === 412) throw new AppError('conflict', 'another object came in its place');
  // 200 may carry an error.
  if (status !== 200 || text.includes('<Error>')) throw errorOfAnswer(status === 200 ? 500 : status, text);
  return text;
}
