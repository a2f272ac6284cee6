import type { ErrorCode, Problem } from '@wharf/contracts';

export interface WharfErrorOptions {
  status?: number;
  requestId?: string | undefined;
  errors?: readonly { path: string; message: string }[] | undefined;
  retryAfterMs?: number | undefined;
  cause?: unknown;
}

/** What a gateway refuses with, or that it cannot be reached. */
export class WharfError extends Error {
  override readonly name = 'WharfError';
  /** Of the answer; 0 where there was none. */
  readonly status: number;
  /** By which the operator finds the request in the logs. */
  readonly requestId: string | undefined;
  /** Which fields of the request are wrong, and why. */
  readonly errors: readonly { path: string; message: string }[];
  /** When the gateway says to come again. */
  readonly retryAfterMs: number | undefined;

  constructor(
    /** One of the codes of the API; it does not change. */
    readonly code: ErrorCode,
    /** In words, for people. */
    readonly detail: string,
    { cause, errors = [], requestId, retryAfterMs, status = 0 }: WharfErrorOptions = {},
  ) {
    super(detail, { cause });
    this.status = status;
    this.requestId = requestId;
    this.errors = errors;
    this.retryAfterMs = retryAfterMs;
  }
}

export interface Refusal {
  status: number;
  body: string;
  header(name: string): string | null | undefined;
}

/** Of a problem (RFC 9457). What stands between a client and a gateway may answer with a page. */
export function errorOf({ body, header, status }: Refusal): WharfError {
  const problem = parseProblem(body);
  const code = problem.code ?? codeOf(status);
  return new WharfError(code, problem.detail ?? problem.title ?? `refused with status ${status}`, {
    status,
    requestId: problem.request_id ?? header('X-Request-Id') ?? undefined,
    errors: problem.errors,
    retryAfterMs: retryAfterOf(header('Retry-After')),
  });
}

/** No answer came, or only the beginning of one. */
export function unreachable(address: string, cause: unknown): WharfError {
  const { cause: reason = cause } = (cause ?? {}) as { cause?: unknown };
  // Not by `instanceof`: errors may come from another realm.
  const { code, message } = (reason ?? {}) as { code?: unknown; message?: unknown };
  const words = message || code;
  const suffix = words ? `: ${words}` : '';
  return new WharfError('unavailable', `${new URL(address).origin} cannot be reached${suffix}`, { cause });
}

function parseProblem(body: string): Partial<Problem> {
  try {
    return { ...JSON.parse(body) };
  } catch {
    return {};
  }
}

/** An answer to HEAD has no body. */
const codes: Partial<Record<number, ErrorCode>> = {
  400: 'invalid_request',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'file_not_found',
  409: 'conflict',
  410: 'file_expired',
  413: 'file_too_large',
  423: 'upload_locked',
  429: 'rate_limited',
  460: 'checksum_mismatch',
  502: 'unavailable',
  503: 'unavailable',
  504: 'unavailable',
};

function codeOf(status: number): ErrorCode {
  return codes[status] ?? 'internal';
}

/** Seconds, or a date (RFC 9110 §10.2.3). */
function retryAfterOf(text: string | null | undefined): number | undefined {
  if (!text) return undefined;
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}
