/**
 * Every error code that Wharf answers with, on any door: HTTP (`code` of a problem), RPC (`error.code`) and events.
 * Each edge keeps an exhaustive table over this list, so that a new code does not compile until every edge answers for it.
 */
export const errorCodes = [
  'invalid_request',
  'invalid_uid',
  'missing_file',
  'too_many_files',
  'incomplete_body',
  'digest_mismatch',
  'unauthenticated',
  'password_required',
  'forbidden',
  'file_not_found',
  'link_not_found',
  'request_not_found',
  'user_not_found',
  'dead_letter_not_found',
  'audit_not_found',
  'route_not_found',
  'method_not_allowed',
  'not_acceptable',
  'upload_missing',
  'conflict',
  'offset_mismatch',
  'idempotency_in_progress',
  'object_archived',
  'file_deleted',
  'file_expired',
  'downloads_exhausted',
  'link_revoked',
  'link_expired',
  'request_closed',
  'request_expired',
  'length_required',
  'precondition_failed',
  'file_too_large',
  'content_type_not_allowed',
  'unsupported_encoding',
  'infected',
  'idempotency_mismatch',
  'range_not_satisfiable',
  'misdirected_request',
  'scan_pending',
  'upload_locked',
  'checksum_mismatch',
  'rate_limited',
  'unavailable',
  'insufficient_storage',
  'quota_exceeded',
  'request_full',
  'internal',
  'unsupported_transfer_coding',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

export function isErrorCode(value: unknown): value is ErrorCode {
  return (errorCodes as readonly unknown[]).includes(value);
}
