import { setTimeout as delay } from 'node:timers/promises';

/**
 * Runs `assertion` until it passes and gives back what it returned; after `timeoutMs` it throws what the last try threw.
 * Stands in for every sleep: a test waits for what it expects, and no longer.
 */
export async function eventually<Result>(
  assertion: () => Result | Promise<Result>,
  { timeoutMs = 30_000, everyMs = 50 }: { timeoutMs?: number; everyMs?: number } = {},
): Promise<Result> {
  const deadline = Date.now() + timeoutMs;
  while (true) {
    try {
      return await assertion();
    } catch (error) {
      if (Date.now() >= deadline) throw error;
    }
    await delay(everyMs);
  }
}
