import { z } from 'zod';
import { inexactMessage, inexactNumberIn } from './exact-numbers.js';

/** A file's identity everywhere: a lower-case UUIDv7 (RFC 9562 §5.7). */
export const Uid = z
  .string()
  .regex(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/, 'must be a lower-case UUIDv7');

const notATime = 'must be an RFC 3339 time in UTC, of the years 1 to 9999';

/** RFC 3339 in UTC, such as `2026-01-31T12:00:00.000Z`. Not of the year 0, which PostgreSQL does not know. */
export const Timestamp = z.iso.datetime(notATime).refine((time) => !time.startsWith('0000'), notATime);

/** SHA-256 of a file's bytes, 64 lower-case hex digits. */
export const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hex digits');

export const SizeBytes = z.int().nonnegative();

/** Neither NUL nor half a surrogate pair: no database keeps them, and no reader expects them. */
function isKeepable(text: string): boolean {
  return !text.includes('\u0000') && text.isWellFormed();
}

const notKeepable = 'must not contain NUL or half a surrogate pair';

function isKeepableThroughout(value: unknown): boolean {
  if (typeof value === 'string') return isKeepable(value);
  if (!isContainer(value)) return true;
  return Object.entries(value).every(([key, inner]) => isKeepable(key) && isKeepableThroughout(inner));
}

const maxMetadataBytes = 16 * 1024;
/** White space and escapes may make a text longer than what it says. */
const longestMetadataText = 4 * maxMetadataBytes;
const tooLong = 'must be at most 16 KiB of JSON';
const utf8 = new TextEncoder();
const maxMetadataDepth = 32;

/** Any JSON; it contains itself. */
export const JsonValue = z.json();

/**
 * Free-form attributes of a file: a JSON object, at most 16 KiB as text, so that every event fits a NATS message, and at most
 * 32 levels deep, so that whoever reads it by recursion can.
 */
export const FileMetadata = z.preprocess(
  (value, context) => {
    const message = whatSchemasMiss(value);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
    return value;
  },
  z.record(z.string(), JsonValue).refine(isKeepableThroughout, notKeepable),
);

/** Its length is judged before anything is read of it. */
export const FileMetadataText = z
  .string()
  .max(longestMetadataText, tooLong)
  .transform((text, context) => {
    try {
      const value: unknown = JSON.parse(text);
      const inexact = inexactNumberIn(text);
      if (inexact) context.addIssue({ code: 'custom', message: inexactMessage(inexact) });
      return value;
    } catch {
      context.addIssue({ code: 'custom', message: 'must be a JSON object' });
      return z.NEVER;
    }
  })
  .pipe(FileMetadata);

/**
 * Judged before the schema: it takes its time for each key, follows nesting until its stack overflows, and leaves out a key `__proto__`
 * without a word.
 */
function whatSchemasMiss(value: unknown): string | undefined {
  let level = [value].filter(isContainer);
  for (let depth = 0; level.length > 0; depth++) {
    if (depth === maxMetadataDepth) return `must be at most ${maxMetadataDepth} levels deep`;
    if (level.some((container) => Object.hasOwn(container, '__proto__'))) return 'must not have a key "__proto__"';
    level = level.flatMap((container) => Object.values(container)).filter(isContainer);
  }
  return utf8.encode(JSON.stringify(value)).length > maxMetadataBytes ? tooLong : undefined;
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** Text by which files are told apart or found. */
export const ShortText = z.string().min(1).max(255).refine(isKeepable, notKeepable);

export const MessageId = ShortText;

/** A type and a subtype (RFC 6838 §4.2), and perhaps parameters: `text/plain; charset=utf-8`. */
export const ContentType = z
  .string()
  .max(255)
  .regex(
    /^[a-z0-9][\w!#$&^.+-]{0,126}\/[a-z0-9][\w!#$&^.+-]{0,126}(?:[ \t]*;[ \t]*[\w!#$&^.+-]+=(?:[\w!#$&^.+:-]+|"[\w !#$&^.+:,-]*"))*$/i,
    'must be a type such as text/plain',
  );

/** The name of a character encoding (RFC 2978 §2.3), in lower case. */
export const Charset = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_.:+-]{0,39}$/, 'must be the name of a character encoding, in lower case');

export const MaxDownloads = z.int().min(1).max(2_147_483_647);
