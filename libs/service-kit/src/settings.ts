import { z } from 'zod';
import { durationMs } from './duration.js';

/** One environment variable: its name, its shape (with the default) and what it means. */
export interface Setting<Value> {
  name: string;
  schema: z.ZodType<Value>;
  description: string;
  /** Also read from the file that `<NAME>_FILE` names, as orchestrators mount secrets. */
  secret: boolean;
}

export type Settings = Record<string, Setting<unknown>>;
export type ConfigOf<S extends Settings> = { [Key in keyof S]: S[Key] extends Setting<infer Value> ? Value : never };

export function setting<Value>(
  name: string,
  schema: z.ZodType<Value>,
  description: string,
  options: { secret?: boolean } = {},
): Setting<Value> {
  return { name, schema, description, secret: options.secret ?? false };
}

/** A duration such as `7d`, `36h`, `0s` or `500ms`, as milliseconds. */
export const Duration = z.string().transform((text, { addIssue }) => {
  const ms = durationMs(text);
  if (ms !== undefined) return ms;
  addIssue('must be a duration such as 7d, 36h, 90s or 500ms');
  return z.NEVER;
});

/** Seconds as a plain number such as `3600`, or as a duration such as `1h`; as milliseconds. */
export const Seconds = z
  .string()
  .regex(/^\d+(\.\d+)?$|^\d+(\.\d+)?(ms|s|m|h|d)$/, 'must be seconds such as 3600, or a duration such as 1h')
  .transform((text) => (/[a-z]$/.test(text) ? text : `${text}s`))
  .pipe(Duration);

/** Whole numbers from text; `min` is 0 unless told. */
export function integer(options: { min?: number; max?: number } = {}) {
  return z
    .string()
    .regex(/^\d+$/, 'must be a whole number')
    .transform(Number)
    .pipe(
      z
        .int()
        .min(options.min ?? 0)
        .max(options.max ?? Number.MAX_SAFE_INTEGER),
    );
}

/** Comma-separated words; empty text is the empty list. */
export const WordList = z.string().transform((text) =>
  text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== ''),
);

/** A name or an address to listen on; one of IPv6 may stand in brackets, as in a URL. */
export const Host = z.string().transform((text) => text.replace(/^\[(.*)\]$/, '$1'));

export const Port = integer({ max: 65_535 });
