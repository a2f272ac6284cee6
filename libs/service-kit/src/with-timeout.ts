import { AppError } from './app-error.js';

/** Waits for `work` no longer than `ms`, then throws `unavailable` with `message`. The work itself goes on. */
export async function withTimeout<Result>(
  ms: number,
  work: Result | Promise<Result>,
  message = `no answer within ${ms} ms`,
): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new AppError('unavailable', message)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
