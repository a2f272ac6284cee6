import { STATUS_CODES } from 'node:http';
import type { ErrorCode, Problem } from '@wharf/contracts';
import type { AppError } from '@wharf/service-kit';
import { safePath } from './safe-path.js';

/** The HTTP status of every error code. A new code does not compile until it has one. */
const statuses: Record<ErrorCode, number> = {
  invalid_request: 400,
  invalid_uid: 400,
  missing_file: 400,
  too_many_files: 400,
  incomplete_body: 400,
  digest_mismatch: 400,
  unauthenticated: 401,
  password_required: 401,
  forbidden: 403,
  file_not_found: 404,
  link_not_found: 404,
  request_not_found: 404,
  user_not_found: 404,
  dead_letter_not_found: 404,
  audit_not_found: 404,
  route_not_found: 404,
  method_not_allowed: 405,
  not_acceptable: 406,
  upload_missing: 409,
  conflict: 409,
  offset_mismatch: 409,
  idempotency_in_progress: 409,
  file_deleted: 410,
  object_archived: 409,
  file_expired: 410,
  downloads_exhausted: 410,
  link_revoked: 410,
  link_expired: 410,
  request_closed: 410,
  request_expired: 410,
  length_required: 411,
  precondition_failed: 412,
  file_too_large: 413,
  content_type_not_allowed: 415,
  unsupported_encoding: 415,
  range_not_satisfiable: 416,
  misdirected_request: 421,
  infected: 422,
  idempotency_mismatch: 422,
  scan_pending: 423,
  upload_locked: 423,
  rate_limited: 429,
  checksum_mismatch: 460,
  internal: 500,
  unsupported_transfer_coding: 501,
  unavailable: 503,
  insufficient_storage: 507,
  quota_exceeded: 507,
  request_full: 507,
};

/** Of statuses that HTTP does not know. */
const titles: Record<number, string> = { 460: 'Checksum Mismatch' };

export function titleOf(status: number): string {
  return titles[status] ?? STATUS_CODES[status] ?? 'Error';
}

export function statusOf(code: ErrorCode): number {
  return statuses[code];
}

/** An error as RFC 9457 tells it. What is unexpected keeps its inner text to itself. */
export function problemOf(
  error: AppError,
  request: { target: string; requestId: string },
  status = statusOf(error.code),
): Problem {
  return {
    type: `urn:wharf:problem:${error.code}`,
    title: titleOf(status),
    status,
    detail: error.code === 'internal' ? 'something went wrong; the request id finds it in the logs' : error.message,
    instance: safePath(request.target),
    code: error.code,
    request_id: request.requestId,
    ...(error.fields.length > 0 && { errors: [...error.fields] }),
    ...error.problem,
  };
}
