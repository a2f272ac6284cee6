import type { ObjectStat } from './object-store.js';

/** An object that somebody else may send, and nothing but that. */
export interface DirectUpload {
  key: string;
  contentType: string;
  maxBytes: number;
  expiresAt: Date;
}

/** Where a form goes, and the fields that stand in it before the file. */
export interface PresignedForm {
  /** Undefined where the store has no door of its own: then `FormDoor` takes the form. */
  url: string | undefined;
  fields: Record<string, string>;
}

export interface PresignedPart {
  part: number;
  url: string;
}

export interface SeenObject {
  object: ObjectStat;
  head: Buffer;
}

/** An object as it was seen, and what it becomes. */
export interface AcceptedUpload extends Pick<ObjectStat, 'etag' | 'sizeBytes'> {
  uid: string;
  contentType: string;
}

/**
 * Objects that clients send straight to the store, each under a key of its own, before anybody has judged them. Every method throws AppError as
 * those of `ObjectStore` do.
 */
export interface DirectUploads {
  /** A form with which whoever has it may send the object: this key, this type, so many bytes, until it expires. Nothing is asked of the store. */
  presignForm(upload: DirectUpload): Promise<PresignedForm>;

  /** Addresses to which its parts are PUT; undefined where a store takes none. Asked again, they continue the same upload. */
  presignParts(
    upload: DirectUpload,
    plan: { sizeBytes: number; partSizeBytes: number },
  ): Promise<PresignedPart[] | undefined>;

  /**
   * Makes the object of its parts once all of them have come; does nothing where there are none, as after it was made. Throws `upload_missing`
   * where parts are missing.
   */
  completeParts(key: string, sizeBytes: number): Promise<void>;

  /** Drops what has come of unfinished uploads of the object. */
  abortParts(key: string): Promise<void>;

  /** An object with so many of its first bytes, in one request where it has any. Throws `file_not_found`. */
  look(key: string, bytes: number): Promise<SeenObject>;

  /**
   * Gives what was sent its own key, within the store, if it is still the object with the tag with which it was seen; what it says of itself is this
   * uid, and no digest. Repeatable. What was sent may stay, and is removed by the caller. Throws `conflict` for another object, `file_not_found` where
   * there is none.
   */
  accept(from: string, to: string, expected: AcceptedUpload): Promise<ObjectStat>;

  /**
   * Writes the digest of an object that was read, if it still has that tag, into what it says of itself: from then on it is like every copy of a
   * file. Throws `conflict` for another object, `digest_mismatch` where the store knows that it was received with another digest, `file_not_found`
   * where there is none.
   */
  mark(key: string, found: { uid: string; sha256: string; etag: string; contentType: string }): Promise<ObjectStat>;
}

/** One object that comes as a form. */
export interface ReceivedObject {
  readonly key: string;
  /** Throws `file_too_large`. */
  write(chunk: Uint8Array): Promise<void>;
  /** Durable when it resolves. Throws `conflict` where there is an object already. */
  finish(): Promise<ObjectStat>;
  /** Leaves nothing. Not after `finish` has resolved. */
  discard(): Promise<void>;
}

/** Takes the forms of a store that has no HTTP door of its own. */
export interface FormDoor {
  /**
   * Judges the fields of a form by its signed policy, as an S3 server does. Throws `invalid_request` for a missing field, `forbidden` for what was
   * not permitted or has expired, `conflict` where the object has come already.
   */
  open(fields: Readonly<Record<string, string>>): Promise<ReceivedObject>;
}
