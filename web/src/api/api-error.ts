import type { Problem } from '@wharf/contracts';

/** `unreachable`: nothing was answered. The others are the codes of Wharf's problems. */
export type ApiCode = Problem['code'] | 'unreachable';

/** What a request came to that was not answered as it should. */
export class ApiError extends Error {
  readonly code: ApiCode;
  readonly status: number;
  readonly problem: Problem | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(code: ApiCode, { problem, retryAfter }: { problem?: Problem; retryAfter?: string | null } = {}) {
    super(problem?.detail ?? code);
    this.code = code;
    this.status = problem?.status ?? 0;
    this.problem = problem;
    this.retryAfterSeconds = retryAfter ? Number(retryAfter) : undefined;
  }
}

/** Of a text that should be a problem; a proxy in between may have answered with anything. */
export function errorOf(status: number, text: string, retryAfter?: string | null): ApiError {
  try {
    const problem: Problem = JSON.parse(text);
    if (typeof problem.code === 'string')
      return new ApiError(problem.code, { problem, retryAfter: retryAfter ?? null });
  } catch {
    // Below.
  }
  const problem = { status, detail: '', code: 'unavailable' } as Problem;
  return new ApiError(status >= 500 || status === 0 ? 'unavailable' : 'invalid_request', { problem });
}
