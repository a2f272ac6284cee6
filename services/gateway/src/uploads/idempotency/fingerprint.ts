import { createHash } from 'node:crypto';

/**
 * SHA-256 in hex of what makes two requests the same. The order of names in objects does not count, and a name without a
 * value is none; the order in lists does count.
 */
export function fingerprintOf(request: Readonly<Record<string, unknown>>): string {
  return createHash('sha256').update(JSON.stringify(request, sorted)).digest('hex');
}

function sorted(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}
