import { request } from 'undici';
import type { ListedObject, UnfinishedUpload } from './object-store.js';
import type { S3Connection } from './s3.connection.js';
import { attempt, errorOfAnswer } from './s3.errors.js';

const pageSize = 1000;
const addressLifetimeSeconds = 900;

/** One page in memory at a time. The client's own stream of objects goes on asking after an error. */
export async function* listObjects({ client, bucket }: S3Connection, prefix: string): AsyncGenerator<ListedObject> {
  let token = '';
  do {
    const page = await attempt(() => client.listObjectsV2Query(bucket, prefix, token, '', pageSize, ''));
    for (const { name, size, lastModified } of page.objects) {
      if (name && lastModified) yield { key: name, sizeBytes: size, modifiedAt: lastModified };
    }
    token = page.isTruncated ? String(page.nextContinuationToken) : '';
  } while (token !== '');
}

/**
 * Uploads of which nothing has moved for so long. When an upload began says little of a large file: its newest part counts.
 * Pages continue by key alone, since the client loses the other half of the mark: of a key with so many
 * uploads that a page ends among them, the rest is seen once the first ones are gone.
 */
export async function* listUnfinishedUploads(
  connection: S3Connection,
  prefix: string,
  olderThanMs: number,
): AsyncGenerator<UnfinishedUpload> {
  const { client, bucket } = connection;
  const before = Date.now() - olderThanMs;
  let marker = '';
  do {
    const page = await attempt(() => client.listIncompleteUploadsQuery(bucket, prefix, marker, '', ''));
    for (const { key, uploadId, initiated } of page.uploads as { key: string; uploadId: string; initiated: Date }[]) {
      if (initiated.getTime() > before) continue;
      const touchedAt = await lastTouch(connection, { key, uploadId: String(uploadId) }, initiated);
      if (touchedAt && touchedAt.getTime() <= before) yield { key, uploadId: String(uploadId), touchedAt };
    }
    marker = page.isTruncated ? String(page.nextKeyMarker) : '';
  } while (marker !== '');
}

/**
 * When the upload's newest part came, or undefined when it was finished or aborted since. ListParts by an address
 * of our own: the client keeps that request to itself.
 */
async function lastTouch(
  { client, bucket, dispatcher }: S3Connection,
  { key, uploadId }: { key: string; uploadId: string },
  initiated: Date,
): Promise<Date | undefined> {
  let newest = initiated;
  for (let marker: string | undefined = '0'; marker !== undefined; ) {
    const query = { uploadId, 'part-number-marker': marker };
    const address = await client.presignedUrl('GET', bucket, key, addressLifetimeSeconds, query);
    const { statusCode, body } = await attempt(() => request(address, { dispatcher }));
    const text = await body.text();
    if (statusCode === 404 && text.includes('<Code>NoSuchUpload</Code>')) return undefined;
    if (statusCode !== 200) throw errorOfAnswer(statusCode, text);
    for (const [, time = ''] of text.matchAll(/<LastModified>([^<]+)<\/LastModified>/g)) {
      const touchedAt = new Date(time);
      if (touchedAt > newest) newest = touchedAt;
    }
    const isTruncated = /<IsTruncated>true<\/IsTruncated>/.test(text);
    marker = isTruncated ? /<NextPartNumberMarker>(\d+)<\/NextPartNumberMarker>/.exec(text)?.[1] : undefined;
  }
  return newest;
}
