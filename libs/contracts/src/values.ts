import { z } from 'zod';

/** A file's identity everywhere: a lower-case UUIDv7 (RFC 9562 §5.7). */
export const Uid = z
  .string()
  .regex(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/, 'must be a lower-case UUIDv7');

/** RFC 3339 in UTC, such as `2026-01-31T12:00:00.000Z`. */
export const Timestamp = z.iso.datetime();

/** SHA-256 of a file's bytes, 64 lower-case hex digits. */
export const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hex digits');

export const SizeBytes = z.int().nonnegative();

/** Neither NUL nor half a surrogate pair: no database keeps them, and no reader expects them. */
function isKeepable(text: string): boolean {
  return !text.includes('\u0000') && text.isWellFormed();
}

function isKeepableThroughout(value: unknown): boolean {
  if (typeof value === 'string') return isKeepable(value);
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([key, inner]) => isKeepable(key) && isKeepableThroughout(inner));
}

const maxMetadataBytes = 16 * 1024;

/** Free-form attributes of a file: a JSON object, at most 16 KiB as text, so that every event fits a NATS message. */
export const FileMetadata = z
  .record(z.string(), z.json())
  .refine(
    (value) => new TextEncoder().encode(JSON.stringify(value)).length <= maxMetadataBytes,
    'must be at most 16 KiB of JSON',
  )
  .refine(isKeepableThroughout, 'must not contain NUL or half a surrogate pair');

export const MessageId = z.string().min(1).max(255).refine(isKeepable, 'must not contain NUL or half a surrogate pair');

export const MaxDownloads = z.int().min(1).max(2_147_483_647);
