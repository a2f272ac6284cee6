import { hash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { objectKeyOf } from '@wharf/contracts';
import { AppError, faultPoint, hasCode, systemCode } from '@wharf/service-kit';
import type { DirectUploads } from './direct-uploads.js';
import type {
  ByteRange,
  ListedObject,
  ObjectStat,
  ObjectStore,
  PresignedAnswer,
  PutSource,
  UnfinishedUpload,
} from './object-store.js';
import { type BucketRules, setBucketRules } from './s3.bucket-rules.js';
import { openConnection, type S3Connection, type S3Options } from './s3.connection.js';
import { S3DirectUploads } from './s3.direct-uploads.js';
import { attempt, errorOfAnswer, errorOfHead, isForbidden } from './s3.errors.js';
import { listObjects, listUnfinishedUploads } from './s3.list.js';
import { moveObject } from './s3.move.js';
import { etagOf, type SentPart, sendParts } from './s3.multipart.js';
import { objectStatOf } from './s3.object-stat.js';
import { planParts } from './s3.part-plan.js';
import { openObject } from './s3.read.js';
import { signedRequest } from './s3.signed-request.js';
import { cancelledBy } from './s3.transport.js';
import { differenceOf, isSameObject } from './same-object.js';
import { changedBytes, openSource, readFully } from './source-file.js';

/** Up to here one request with the bytes in memory is cheaper than the four of a multipart upload. */
const smallFileBytes = 8 * 1024 * 1024;
const probeTimeoutMs = 5_000;
/** Waits before each question whether an object is there whose completion seemed to fail. */
const completionChecksMs = [0, 500, 1_500];

/** Objects in a bucket of any S3 server (AWS, MinIO, Ceph RGW…), addressed by path. */
export class S3Store implements ObjectStore {
  readonly description: string;
  readonly direct: DirectUploads;
  readonly #connection: S3Connection;
  readonly #options: S3Options;
  /** Whether the store was seen to keep the metadata of what is put in one request, and to tag it with its MD5. */
  #tellsByTag = false;

  constructor(options: S3Options) {
    this.#options = options;
    this.#connection = openConnection(options);
    this.direct = new S3DirectUploads({
      connection: this.#connection,
      stat: (key) => this.stat(key),
      abortUpload: (upload) => this.abortUpload(upload),
      limits: options,
    });
    this.description = `S3 ${new URL(options.endpointUrl).origin}/${options.bucket}`;
  }

  async prepare(): Promise<void> {
    const { client, bucket } = this.#connection;
    await attempt(async () => {
      if (await this.#isBucketThere()) return;
      await client.makeBucket(bucket, this.#options.region).catch((error) => {
        // Another replica was quicker.
        if (systemCode(error) !== 'BucketAlreadyOwnedByYou') throw error;
      });
    });
  }

  setBucketRules(rules: BucketRules): Promise<void> {
    return setBucketRules(this.#connection, rules);
  }

  async probe(): Promise<void> {
    await cancelledBy(AbortSignal.timeout(probeTimeoutMs), () => this.#requireBucket());
  }

  keyFor(uid: string): string {
    return objectKeyOf(uid);
  }

  pathOf(key: string): string {
    return `${this.#options.bucket}/${key}`;
  }

  keyOf(cloudPath: string): string {
    const prefix = `${this.#options.bucket}/`;
    if (!cloudPath.startsWith(prefix)) throw new AppError('internal', `${cloudPath} is not in ${this.description}`);
    return cloudPath.slice(prefix.length);
  }

  async put(key: string, source: PutSource, signal?: AbortSignal): Promise<ObjectStat> {
    const file = await openSource(source);
    try {
      const isSmall = source.sizeBytes <= smallFileBytes;
      const stored = await attempt(() =>
        isSmall ? this.#putWhole(key, file, source, signal) : this.#putInParts(key, file, source, signal),
      );
      if (stored && this.#tellsByTag) return stored;
      const verified = await this.#verify(key, source);
      this.#tellsByTag ||= stored !== undefined;
      return verified;
    } finally {
      await file.close();
    }
  }

  async stat(key: string): Promise<ObjectStat> {
    try {
      return await attempt(() => this.#stat(key));
    } catch (error) {
      // The answer to HEAD is a bare 404 for a missing bucket too, which must not look like a lost object.
      if (hasCode(error, 'file_not_found')) await this.#requireBucket();
      if (isForbidden(error) && (await this.#hidesWhatIsMissing()))
        throw new AppError('file_not_found', 'there is no such object, or it may not be read', { cause: error });
      throw error;
    }
  }

  read(key: string, range?: ByteRange): Promise<Readable> {
    return attempt(() => openObject(this.#connection, key, range));
  }

  presignRead(key: string, answer: PresignedAnswer): Promise<string> {
    const { publicClient, bucket } = this.#connection;
    return attempt(() =>
      publicClient.presignedUrl('GET', bucket, key, answer.lifetimeSeconds, {
        'response-content-type': answer.contentType,
        'response-content-disposition': answer.contentDisposition,
      }),
    );
  }

  async remove(key: string): Promise<void> {
    const { client, bucket } = this.#connection;
    await attempt(() => client.removeObject(bucket, key)).catch(async (error) => {
      if (!hasCode(error, 'file_not_found')) throw error;
      await this.#requireBucket();
    });
  }

  list({ prefix = 'files/' }: { prefix?: string } = {}): AsyncGenerator<ListedObject> {
    return listObjects(this.#connection, prefix);
  }

  move(from: string, to: string): Promise<void> {
    const { maxCopyBytes, partSizeBytes } = this.#options;
    const stat = (key: string) => this.stat(key);
    return attempt(() => moveObject({ connection: this.#connection, stat, from, to }, { maxCopyBytes, partSizeBytes }));
  }

  unfinishedUploads(olderThanMs: number): AsyncGenerator<UnfinishedUpload> {
    return listUnfinishedUploads(this.#connection, 'files/', olderThanMs);
  }

  async abortUpload({ key, uploadId }: { key: string; uploadId: string }): Promise<void> {
    const { client, bucket } = this.#connection;
    await attempt(() =>
      client.abortMultipartUpload(bucket, key, encodeURIComponent(uploadId)).catch((error) => {
        // Finished or aborted by somebody else.
        if (systemCode(error) !== 'NoSuchUpload') throw error;
      }),
    );
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  async #stat(key: string): Promise<ObjectStat> {
    const { headers, status } = await signedRequest(this.#connection, { method: 'HEAD', key });
    if (status !== 200) throw errorOfHead(status);
    return objectStatOf(headers);
  }

  async #requireBucket(): Promise<void> {
    if (await attempt(() => this.#isBucketThere())) return;
    throw new AppError('unavailable', `the bucket ${this.#options.bucket} does not exist`);
  }

  /** Keys without the right to list may not ask for the bucket: then a read tells whether it is there and the keys are right. */
  async #isBucketThere(): Promise<boolean> {
    const { client, bucket } = this.#connection;
    try {
      return await client.bucketExists(bucket);
    } catch (error) {
      if (!isForbidden(error)) throw error;
      await this.#requireKeys();
      return true;
    }
  }

  /** Whether the keys have no right to list: the store then answers 403 for each object that is not there. */
  async #hidesWhatIsMissing(): Promise<boolean> {
    const { client, bucket } = this.#connection;
    try {
      await client.bucketExists(bucket);
      return false;
    } catch (error) {
      if (!isForbidden(error)) return false;
    }
    await this.#requireKeys();
    return true;
  }

  /** Reads what is not there: unlike HEAD the answer says whether the keys are wrong or lack a right. Throws `unavailable`. */
  async #requireKeys(): Promise<void> {
    try {
      const body = await attempt(() => openObject(this.#connection, 'wharf-probe', { start: 0, end: 0 }));
      body.destroy();
    } catch (error) {
      if (!isForbidden(error) && !hasCode(error, 'file_not_found')) throw error;
    }
  }

  /** The object, where the answer tells that the bytes arrived as they were sent: by its tag, which is their MD5 on most stores. */
  async #putWhole(
    key: string,
    file: FileHandle,
    source: PutSource,
    signal?: AbortSignal,
  ): Promise<ObjectStat | undefined> {
    const { sha256, sizeBytes, uid } = source;
    const bytes = Buffer.allocUnsafeSlow(sizeBytes);
    await readFully(file, bytes, 0);
    // The bytes are at hand and few: damage on the local disk is found here, before it is copied.
    if (hash('sha256', bytes) !== sha256) throw changedBytes();
    const { headers, status, text } = await signedRequest(this.#connection, {
      ...{ method: 'PUT', key, body: bytes, signal },
      // The store compares what arrives with it.
      headers: { ...headersOf(source), 'x-amz-content-sha256': sha256 },
    });
    if (status !== 200) throw errorOfAnswer(status, text);
    const etag = etagOf(headers);
    if (etag !== hash('md5', bytes)) return undefined;
    return { sizeBytes, etag, uid, sha256, modifiedAt: new Date() };
  }

  async #putInParts(key: string, file: FileHandle, source: PutSource, signal?: AbortSignal): Promise<undefined> {
    const connection = this.#connection;
    const { client, bucket } = connection;
    signal?.throwIfAborted();
    const uploadId = await client.initiateNewMultipartUpload(bucket, key, headersOf(source));
    try {
      const parts = planParts(source.sizeBytes, this.#options.partSizeBytes);
      const sent = await sendParts({ connection, key, uploadId }, source, file, parts, signal);
      await faultPoint('cloud_sync.before_complete');
      await this.#complete(key, source, uploadId, sent);
    } catch (error) {
      // What cannot be aborted now (the store is down) is left to a lifecycle rule of the bucket: the first error counts.
      await client.abortMultipartUpload(bucket, key, encodeURIComponent(uploadId)).catch(() => undefined);
      throw error;
    }
  }

  /**
   * The answer to a completion proves nothing: 200 may carry an error, and an error or a broken connection may follow
   * a completion that took place. So the object itself decides. It is asked for more than once before the caller
   * aborts the upload, since an abort that meets a completion still under way can cost the parts.
   */
  async #complete(key: string, source: PutSource, uploadId: string, sent: SentPart[]): Promise<void> {
    const { client, bucket } = this.#connection;
    try {
      await client.completeMultipartUpload(bucket, key, uploadId, sent);
    } catch (error) {
      for (const waitMs of completionChecksMs) {
        await pause(waitMs);
        const found = await this.#stat(key).catch(() => undefined);
        if (found && isSameObject(found, source)) return;
      }
      throw error;
    }
  }

  async #verify(key: string, source: PutSource): Promise<ObjectStat> {
    const stat = await this.stat(key).catch((error) => {
      if (!hasCode(error, 'file_not_found')) throw error;
      throw new AppError('unavailable', 'the object store does not show what it accepted', { cause: error });
    });
    const difference = differenceOf(stat, source);
    if (difference === undefined) return stat;
    await this.remove(key);
    throw new AppError('digest_mismatch', `the copy differs: ${difference}`);
  }
}

/** Metadata of S3 must be ASCII: uid and digest are; a type that a header cannot carry is not worth a failed copy. */
function headersOf({ uid, sha256, contentType }: PutSource): Record<string, string> {
  const isPlain = /^[\x21-\x7e][\x20-\x7e]*$/.test(contentType);
  return {
    'Content-Type': isPlain ? contentType : 'application/octet-stream',
    'x-amz-meta-uid': uid,
    'x-amz-meta-sha256': sha256,
  };
}
