import { expect, test } from '@jest/globals';
import { retry } from './retry.js';

function failing(times: number): { work: () => Promise<string>; errors: Error[] } {
  const errors: Error[] = [];
  const work = async () => {
    if (errors.length >= times) return 'done';
    errors.push(new Error(`failure ${errors.length + 1}`));
    throw errors.at(-1);
  };
  return { work, errors };
}

const pauseMs = (failures: number) => [1, 1][failures - 1];

test('work is repeated as often as there are pauses', async () => {
  expect(await retry(failing(2).work, { pauseMs, isRetriable: () => true })).toBe('done');
  await expect(retry(failing(3).work, { pauseMs, isRetriable: () => true })).rejects.toThrow('failure 3');
});

test('an error that does not pass ends it at once', async () => {
  const { errors, work } = failing(3);
  await expect(retry(work, { pauseMs, isRetriable: () => false })).rejects.toThrow('failure 1');
  expect(errors).toHaveLength(1);
});

test('a signal ends a pause, and nothing is tried after it', async () => {
  const stopper = new AbortController();
  const { errors, work } = failing(3);
  const stop = { pauseMs: () => 60_000, isRetriable: () => true, signal: stopper.signal };
  const retried = retry(work, stop);
  stopper.abort();
  await expect(retried).rejects.toThrow(/failure/);
  expect(errors.length).toBeLessThan(3);
});
