import { WharfError } from '../wharf-error.js';

export interface RetryOptions {
  /** For so long after the first failure since it has made progress; asked anew after each failure. */
  patienceMs(): number;
  signal?: AbortSignal | undefined;
}

const firstDelayMs = 100;
const longestDelayMs = 5_000;

/**
 * Does work again that failed for a reason that passes, later and later, or when the gateway says. `work` tells its progress, by which the
 * patience begins anew. Throws what `work` throws, and the reason of the signal.
 */
export async function retry<Result>(
  options: RetryOptions,
  work: (onProgress: () => void) => Promise<Result>,
): Promise<Result> {
  const { signal } = options;
  let failingSince: number | undefined;
  let delayMs = firstDelayMs;
  const onProgress = () => {
    failingSince = undefined;
    delayMs = firstDelayMs;
  };
  for (;;) {
    signal?.throwIfAborted();
    try {
      return await work(onProgress);
    } catch (error) {
      if (!(error instanceof WharfError && mayPass(error))) throw error;
      failingSince ??= Date.now();
      const pauseMs = error.retryAfterMs ?? delayMs * (0.5 + Math.random());
      if (Date.now() + pauseMs > failingSince + options.patienceMs()) throw error;
      await pause(pauseMs, signal);
      delayMs = Math.min(2 * delayMs, longestDelayMs);
    }
  }
}

const passing: readonly string[] = [
  'unavailable',
  'rate_limited',
  'upload_locked',
  'offset_mismatch',
  'checksum_mismatch',
  'incomplete_body',
  'idempotency_in_progress',
];

function mayPass({ code, retryAfterMs, status }: WharfError): boolean {
  return passing.includes(code) || (status >= 500 && retryAfterMs !== undefined);
}

/** Throws the reason of the signal. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
