import { AppError } from '@wharf/service-kit';
import { request } from 'undici';
import type {
  AcceptedUpload,
  DirectUpload,
  DirectUploads,
  PresignedForm,
  PresignedPart,
  SeenObject,
} from './direct-uploads.js';
import type { ObjectStat } from './object-store.js';
import type { S3Connection } from './s3.connection.js';
import { type Copy, copyObject } from './s3.copy.js';
import { attempt, errorOfAnswer } from './s3.errors.js';
import { objectStatOf } from './s3.object-stat.js';
import { planParts } from './s3.part-plan.js';
import { openSigned } from './s3.signed-request.js';
import { elementOf, elementsOf } from './s3.xml.js';

const addressLifetimeSeconds = 900;

interface StoreOfUploads {
  connection: S3Connection;
  stat(key: string): Promise<ObjectStat>;
  abortUpload(upload: { key: string; uploadId: string }): Promise<void>;
  limits: { maxCopyBytes?: number | undefined; partSizeBytes: number };
}

interface SentPart {
  part: number;
  etag: string;
  sizeBytes: number;
}

/** Objects that clients send to an S3 server by a POST policy (AWS, "POST Object"), or in presigned parts. */
export class S3DirectUploads implements DirectUploads {
  constructor(private readonly store: StoreOfUploads) {}

  async presignForm({ contentType, expiresAt, key, maxBytes }: DirectUpload): Promise<PresignedForm> {
    const { bucket, publicClient, publicOrigin } = this.store.connection;
    const policy = publicClient.newPostPolicy();
    policy.setBucket(bucket);
    policy.setKey(key);
    policy.setContentType(contentType);
    policy.setContentLengthRange(0, maxBytes);
    policy.setExpires(expiresAt);
    const { formData } = await attempt(() => publicClient.presignedPostPolicy(policy));
    // The client leaves the port out where the scheme has another one.
    return { url: `${publicOrigin}/${bucket}`, fields: formData };
  }

  async presignParts(
    { contentType, expiresAt, key }: DirectUpload,
    plan: { sizeBytes: number; partSizeBytes: number },
  ): Promise<PresignedPart[]> {
    const { bucket, client, publicClient } = this.store.connection;
    const lifetimeSeconds = Math.max(1, Math.ceil((expiresAt.getTime() - Date.now()) / 1000));
    return attempt(async () => {
      const [begun] = await this.unfinished(key);
      const uploadId = begun ?? (await client.initiateNewMultipartUpload(bucket, key, { 'Content-Type': contentType }));
      return Promise.all(
        planParts(plan.sizeBytes, plan.partSizeBytes).map(async ({ number }) => {
          const query = { partNumber: String(number), uploadId };
          const url = await publicClient.presignedUrl('PUT', bucket, key, lifetimeSeconds, query);
          return { part: number, url };
        }),
      );
    });
  }

  async completeParts(key: string, sizeBytes: number): Promise<void> {
    const { bucket, client } = this.store.connection;
    const [uploadId] = await attempt(() => this.unfinished(key));
    if (uploadId === undefined) return;
    const parts = await attempt(() => this.partsOf(key, uploadId));
    const isWhole = parts.every(({ part }, index) => part === index + 1);
    const sentBytes = parts.reduce((sum, part) => sum + part.sizeBytes, 0);
    if (!isWhole || sentBytes !== sizeBytes) {
      throw new AppError('upload_missing', `${sentBytes} of ${sizeBytes} bytes have come, in ${parts.length} parts`);
    }
    await attempt(() => client.completeMultipartUpload(bucket, key, uploadId, parts));
  }

  async abortParts(key: string): Promise<void> {
    for (const uploadId of await attempt(() => this.unfinished(key))) await this.store.abortUpload({ key, uploadId });
  }

  async accept(from: string, to: string, { contentType, etag, sizeBytes, uid }: AcceptedUpload): Promise<ObjectStat> {
    const headers = { 'Content-Type': contentType, 'x-amz-meta-uid': uid };
    const copy = { from, to, headers, ifMatch: etag, sizeBytes };
    const copied = await attempt(() => copyObject(this.store.connection, copy, this.store.limits));
    // It is the MD5 of its bytes, on both sides of the copy.
    if (copied === etag) return { sizeBytes, etag, uid, sha256: null, modifiedAt: new Date() };
    // A copy of parts, or of an encrypted object, has a tag of its own; and not every server judges the condition. What still has the tag that was
    // seen before the copy is what was copied.
    const made = await this.requireCopy(copy);
    await this.requireTag(from, etag);
    return made;
  }

  async look(key: string, bytes: number): Promise<SeenObject> {
    const answer = await attempt(() =>
      openSigned(this.store.connection, { method: 'GET', key, headers: { range: `bytes=0-${bytes - 1}` } }),
    );
    const [, total] = /^bytes 0-\d+\/(\d+)$/.exec(String(answer.headers['content-range'])) ?? [];
    if (answer.statusCode === 206 && total !== undefined) {
      const head = Buffer.from(await attempt(() => answer.body.arrayBuffer()));
      return { object: objectStatOf(answer.headers, Number(total)), head };
    }
    answer.body.on('error', () => undefined).destroy();
    // Of no bytes there is no range, and no range of what is missing.
    const object = await this.store.stat(key);
    if (object.sizeBytes === 0) return { object, head: Buffer.alloc(0) };
    throw new AppError('unavailable', 'the object store answered with other bytes than were asked for');
  }

  async mark(
    key: string,
    { contentType, etag, sha256, uid }: { uid: string; sha256: string; etag: string; contentType: string },
  ): Promise<ObjectStat> {
    const { sizeBytes } = await this.requireTag(key, etag);
    const headers = { 'Content-Type': contentType, 'x-amz-meta-uid': uid, 'x-amz-meta-sha256': sha256 };
    const copy = { from: key, to: key, headers, ifMatch: etag, sizeBytes };
    await attempt(() => copyObject(this.store.connection, copy, this.store.limits));
    return this.requireCopy(copy);
  }

  private async requireTag(key: string, etag: string): Promise<ObjectStat> {
    const found = await this.store.stat(key);
    if (found.etag === etag) return found;
    throw new AppError('conflict', 'another object came in its place');
  }

  private async requireCopy({ headers, sizeBytes, to }: Copy): Promise<ObjectStat> {
    const made = await this.store.stat(to);
    if (made.sizeBytes === sizeBytes && made.uid === headers['x-amz-meta-uid']) return made;
    throw new AppError('digest_mismatch', 'the copy within the store differs');
  }

  /** Ids of the uploads of this very key, the newest first. */
  private async unfinished(key: string): Promise<string[]> {
    const { bucket, client } = this.store.connection;
    const page = await client.listIncompleteUploadsQuery(bucket, key, '', '', '');
    const uploads = page.uploads as { key: string; uploadId: string; initiated: Date }[];
    return uploads
      .filter((upload) => upload.key === key)
      .sort((one, other) => other.initiated.getTime() - one.initiated.getTime())
      .map(({ uploadId }) => String(uploadId));
  }

  /** ListParts by an address of our own: the client keeps that request to itself. */
  private async partsOf(key: string, uploadId: string): Promise<SentPart[]> {
    const { bucket, client, dispatcher } = this.store.connection;
    const parts: SentPart[] = [];
    for (let marker: string | undefined = '0'; marker !== undefined; ) {
      const query = { uploadId, 'part-number-marker': marker };
      const address = await client.presignedUrl('GET', bucket, key, addressLifetimeSeconds, query);
      const { statusCode, body } = await request(address, { dispatcher });
      const text = await body.text();
      if (statusCode !== 200) throw errorOfAnswer(statusCode, text);
      parts.push(...elementsOf(text, 'Part').map(readPart));
      const isTruncated = text.includes('<IsTruncated>true</IsTruncated>');
      marker = isTruncated ? elementOf(text, 'NextPartNumberMarker') : undefined;
    }
    return parts.sort((one, other) => one.part - other.part);
  }
}

function readPart(xml: string): SentPart {
  return {
    part: Number(elementOf(xml, 'PartNumber')),
    etag: (elementOf(xml, 'ETag') ?? '').replaceAll('&quot;', '').replaceAll('"', ''),
    sizeBytes: Number(elementOf(xml, 'Size')),
  };
}
