import type { ErrorCode } from '@wharf/contracts';

export interface FieldError {
  path: string;
  message: string;
}

/**
 * The one error of Wharf. Use cases and adapters throw it; each edge (HTTP, RPC, JetStream) turns its code into an answer.
 * `message` may be shown to the caller, `cause` never is.
 */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly fields: readonly FieldError[];
  /** What a protocol says of the problem beyond its code (RFC 9457 §3.2). */
  readonly problem: { readonly type?: string; readonly [member: string]: unknown };

  constructor(
    readonly code: ErrorCode,
    message: string,
    options: { cause?: unknown; fields?: readonly FieldError[]; problem?: AppError['problem'] } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.fields = options.fields ?? [];
    this.problem = options.problem ?? {};
  }
}

export function hasCode(error: unknown, code: ErrorCode): error is AppError {
  return error instanceof AppError && error.code === code;
}

/** Anything thrown, as an AppError: what is not one already is `internal`. */
export function toAppError(error: unknown): AppError {
  return error instanceof AppError ? error : new AppError('internal', 'unexpected error', { cause: error });
}

/** The code of a system error, such as `ENOENT`, or undefined. Not by `instanceof`: errors may come from another realm. */
export function systemCode(error: unknown): string | undefined {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}
