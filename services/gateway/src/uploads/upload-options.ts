import { UploadOptions } from '@wharf/contracts';
import { AppError, fieldErrors } from '@wharf/service-kit';
import { optionNames } from './resembling-option.js';

/**
 * The options of an upload from form fields or the query. One that is empty was not given: a browser sends every field of a form.
 * Unknown names are left alone. Throws `invalid_request`.
 */
export function parseUploadOptions(fields: Readonly<Record<string, unknown>>): UploadOptions {
  const given: Record<string, unknown> = {};
  for (const name of optionNames) if (fields[name] !== '') given[name] = fields[name];
  const parsed = UploadOptions.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new AppError('invalid_request', 'an option of the upload is not valid', { fields: fieldErrors(parsed.error) });
}

/** When the file expires, as RFC 3339 UTC, or null. Throws `invalid_request` for a time that has passed. */
export function expiryOf(options: UploadOptions, nowMs: number): string | null {
  if (options.expires_in !== undefined) return new Date(nowMs + options.expires_in * 1000).toISOString();
  if (options.expires_at === undefined) return null;
  requireFuture(options.expires_at, nowMs);
  return options.expires_at;
}

/** Throws `invalid_request` for an `expires_at` that has passed. */
export function requireFuture(expiresAt: string, nowMs: number): void {
  if (Date.parse(expiresAt) > nowMs) return;
  const fields = [{ path: 'expires_at', message: 'must lie in the future' }];
  throw new AppError('invalid_request', 'a file cannot end in the past', { fields });
}
