import { ApiError } from '../api/api-error.ts';
import { durationText, words } from '../language/language.ts';

/** What happened, in the reader's words; what only the server knows follows in its own. */
export function errorText(error: unknown): string {
  if (!(error instanceof ApiError)) return words().errors.internal;
  const { code, problem, retryAfterSeconds } = error;
  const texts: Record<string, string | undefined> = words().errors;
  const text = texts[code];
  const fields = problem?.errors?.map(({ message, path }) => `${path}: ${message}`).join('; ');
  const parts = [text ?? problem?.detail ?? words().errors.internal];
  if (fields) parts.push(fields);
  else if (code === 'invalid_request' && problem?.detail) parts.push(problem.detail);
  if (code === 'rate_limited' && retryAfterSeconds) parts.push(durationText(retryAfterSeconds));
  return parts.join(' — ');
}
