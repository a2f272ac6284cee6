import { WharfError } from '@wharf/client';
import { durationText, words } from '../language/language.ts';

/** What happened, in the reader's words; what only the server knows follows in its own. */
export function errorText(error: unknown): string {
  if (!(error instanceof WharfError)) return words().errors.internal;
  const { code, detail, errors, retryAfterMs, status } = error;
  if (status === 0) return words().unreachable;
  const texts: Record<string, string | undefined> = words().errors;
  const parts = [texts[code] ?? detail];
  if (errors.length > 0) parts.push(errors.map(({ message, path }) => `${path}: ${message}`).join('; '));
  else if (code === 'invalid_request') parts.push(detail);
  if (code === 'rate_limited' && retryAfterMs) parts.push(durationText(retryAfterMs / 1000));
  return parts.join(' — ');
}
