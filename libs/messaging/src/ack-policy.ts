import type { ErrorCode } from '@wharf/contracts';

/**
 * What becomes of a message whose handler failed.
 * - `ack`: it is already done.
 * - `retry`: redelivered after a backoff, given up at the delivery limit.
 * - `wait`: a dependency is away; consuming pauses until it is back, and no delivery is counted.
 * - `dead_letter`: no retry can help.
 */
export type AckPolicy = 'ack' | 'retry' | 'wait' | 'dead_letter';

const policies: Record<ErrorCode, AckPolicy> = {
  invalid_request: 'dead_letter',
  invalid_uid: 'dead_letter',
  missing_file: 'dead_letter',
  too_many_files: 'dead_letter',
  incomplete_body: 'retry',
  digest_mismatch: 'retry',
  unauthenticated: 'retry',
  password_required: 'retry',
  forbidden: 'retry',
  // What it speaks of may not have arrived yet: events of different subjects are not ordered against each other.
  file_not_found: 'retry',
  link_not_found: 'retry',
  request_not_found: 'retry',
  user_not_found: 'retry',
  dead_letter_not_found: 'retry',
  audit_not_found: 'retry',
  route_not_found: 'retry',
  method_not_allowed: 'dead_letter',
  not_acceptable: 'dead_letter',
  upload_missing: 'retry',
  offset_mismatch: 'retry',
  conflict: 'ack',
  idempotency_in_progress: 'retry',
  object_archived: 'retry',
  file_deleted: 'ack',
  file_expired: 'ack',
  downloads_exhausted: 'ack',
  link_revoked: 'ack',
  link_expired: 'ack',
  request_closed: 'ack',
  request_expired: 'ack',
  length_required: 'dead_letter',
  precondition_failed: 'dead_letter',
  file_too_large: 'dead_letter',
  content_type_not_allowed: 'dead_letter',
  unsupported_encoding: 'dead_letter',
  infected: 'dead_letter',
  idempotency_mismatch: 'dead_letter',
  range_not_satisfiable: 'dead_letter',
  misdirected_request: 'dead_letter',
  scan_pending: 'retry',
  upload_locked: 'retry',
  checksum_mismatch: 'retry',
  rate_limited: 'wait',
  unavailable: 'wait',
  insufficient_storage: 'wait',
  quota_exceeded: 'retry',
  request_full: 'retry',
  internal: 'retry',
  unsupported_transfer_coding: 'dead_letter',
};

export function ackPolicyFor(code: ErrorCode): AckPolicy {
  return policies[code];
}

const firstDelayMs = 500;
const longestDelayMs = 30_000;

/** How long a message rests before its next delivery: half a second, doubled each time, at most 30 s. `attempt` counts from 1. */
export function backoffMs(attempt: number): number {
  return Math.min(longestDelayMs, firstDelayMs * 2 ** Math.min(attempt - 1, 10));
}
