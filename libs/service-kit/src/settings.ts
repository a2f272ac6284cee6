import { z } from 'zod';

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

const unitMs: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A duration such as `7d`, `36h`, `0s` or `500ms`, as milliseconds. */
export const Duration = z
  .string()
  .regex(/^\d+(\.\d+)?(ms|s|m|h|d)$/, 'must be a duration such as 7d, 36h, 90s or 500ms')
  .transform((text) => {
    const [, amount = '0', unit = 'ms'] = /^([\d.]+)([a-z]+)$/.exec(text) ?? [];
    return Math.round(Number(amount) * (unitMs[unit] ?? 1));
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
