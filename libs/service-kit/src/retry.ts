import { setTimeout as delay } from 'node:timers/promises';

export interface RetryOptions {
  /** How long to rest after so many failures, at least one; undefined to give up. */
  pauseMs(failures: number): number | undefined;
  isRetriable(error: unknown): boolean;
  /** Ends the retries; what is thrown then is the last error. */
  signal?: AbortSignal;
}

/** Runs `work` again after failures that may pass. Throws the last error. */
export async function retry<Result>(
  work: () => Promise<Result>,
  { isRetriable, pauseMs, signal }: RetryOptions,
): Promise<Result> {
  for (let failures = 1; ; failures++) {
    try {
      return await work();
    } catch (error) {
      const restMs = isRetriable(error) && !signal?.aborted ? pauseMs(failures) : undefined;
      if (restMs === undefined) throw error;
      await delay(restMs, undefined, { signal }).catch(() => undefined);
    }
  }
}
