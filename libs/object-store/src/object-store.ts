import type { Readable } from 'node:stream';
import type { DirectUploads, FormDoor } from './direct-uploads.js';
import type { BucketRules } from './s3.bucket-rules.js';

/** What the store itself says of an object. */
export interface ObjectStat {
  sizeBytes: number;
  /** The store's own tag, without quotes; the directory store uses the SHA-256. */
  etag: string;
  /** From the metadata that was written with the object; null where another program wrote it. */
  uid: string | null;
  sha256: string | null;
  /** When the object was last written, by the store's clock; S3 tells it in whole seconds. */
  modifiedAt: Date;
}

export interface ListedObject {
  key: string;
  sizeBytes: number;
  modifiedAt: Date;
}

/** A copy that was begun and neither finished nor abandoned. It takes room, and no reader ever sees it. */
export interface UnfinishedUpload {
  /** Of the object that it would have become; a directory store does not know it and names the part. */
  key: string;
  uploadId: string;
  /** When it was begun, or its newest part came. */
  touchedAt: Date;
}

export interface PutSource {
  /** A local file; it is read as a stream, at most a few parts at a time. */
  path: string;
  uid: string;
  sizeBytes: number;
  /** Of the whole file, 64 lower-case hex digits; it travels as object metadata. */
  sha256: string;
  contentType: string;
}

/** Bytes from `start` to `end`, both inclusive, as in HTTP. */
export interface ByteRange {
  start: number;
  end: number;
}

export interface PresignedAnswer {
  lifetimeSeconds: number;
  contentType: string;
  contentDisposition: string;
}

/**
 * Where copies of files live beside the volume. Two adapters (S3, directory) pass one behaviour suite.
 * Every method throws AppError: `unavailable` when the store cannot be reached or is not healthy,
 * `file_not_found` when there is no such object, `internal` otherwise; the driver's error is the cause.
 */
export interface ObjectStore {
  /** For people: where this store is, without secrets. */
  readonly description: string;

  /** What clients send to the store themselves. */
  readonly direct: DirectUploads;

  /** Takes what they send, where the store itself cannot. */
  readonly formDoor?: FormDoor;

  /** Makes the bucket or the folder if it is missing. Idempotent. */
  prepare(): Promise<void>;

  /** Sets the bucket up for clients that send and read without a gateway in between, where a store has such rules. Idempotent. */
  setBucketRules?(rules: BucketRules): Promise<void>;

  /** Rejects with `unavailable` when the store does not answer, or the bucket is not there. Cheap: for health checks. */
  probe(): Promise<void>;

  /** Key of a file's object; the uid is its suffix. */
  keyFor(uid: string): string;

  /** Key that the object of an earlier version may still have. */
  formerKeyFor?(uid: string): string;

  /** `<bucket>/<key>`, or the path under the root of a directory store: what records carry as `cloud_path`. */
  pathOf(key: string): string;

  /** The inverse of `pathOf`. Throws `internal` for a path of another bucket. */
  keyOf(cloudPath: string): string;

  /**
   * Copies a local file and returns the object. Verified before it returns: that the local file has the recorded size and SHA-256; on
   * S3, that what arrived is what was read, part by part where the store's tags are MD5 (under SSE-KMS and SSE-C they are not); and
   * that the finished object has the size, and says the uid and the SHA-256, that were sent with it. One that was sent in one
   * request, and whose tag says that it arrived, is not asked for, once one was: its `modifiedAt` is by our own clock.
   * `digest_mismatch` for what differs, with nothing left under the key that was not there before. Replaces an existing object
   * atomically. `signal` abandons the copy and cleans up its parts. Throws `file_not_found` when the local file is missing.
   */
  put(key: string, source: PutSource, signal?: AbortSignal): Promise<ObjectStat>;

  stat(key: string): Promise<ObjectStat>;

  /** A stream of the whole object or of a range of it. The caller reads it to the end or destroys it. */
  read(key: string, range?: ByteRange): Promise<Readable>;

  /**
   * An address under which anybody may read the object for `lifetimeSeconds`, with these headers in the answer; or undefined
   * where a store has none. Nothing is asked of the store: the object may be missing.
   */
  presignRead(key: string, answer: PresignedAnswer): Promise<string | undefined>;

  /** Removes the object; succeeds when there is none. */
  remove(key: string): Promise<void>;

  /**
   * Every object whose key begins with `prefix` (`files/` unless told), in the order of the keys: page by page, so that
   * memory does not grow with their number. What comes or goes meanwhile may be listed or not.
   */
  list(options?: { prefix?: string }): AsyncGenerator<ListedObject>;

  /**
   * Gives an object another key, with its metadata; the bytes stay in the store. The new object is verified before the old
   * one goes. Never replaces other bytes: `conflict` when they are at `to`, or came to `from` meanwhile. Repeatable: a
   * move that was cut off is finished, one that was done stays done. `file_not_found` when the object is at neither key.
   */
  move(from: string, to: string): Promise<void>;

  /** Copies under `files/` that nobody has touched for so long. */
  unfinishedUploads(olderThanMs: number): AsyncGenerator<UnfinishedUpload>;

  /** Drops what an unfinished copy has sent, for good. Succeeds when there is none any more. */
  abortUpload(upload: { key: string; uploadId: string }): Promise<void>;

  close(): Promise<void>;
}
