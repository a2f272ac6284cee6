import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { WorkLimit } from './work-limit.js';

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate'] });
});

afterEach(() => {
  jest.useRealTimers();
});

const codeOf = (work: Promise<unknown>) => work.then(String, (error) => error.code);

/** Work that ends when it is told to. */
function observed(limit: WorkLimit) {
  const begun: string[] = [];
  const ends = new Map<string, (error?: Error) => void>();
  const run = (name: string) =>
    limit.run(() => {
      begun.push(name);
      return new Promise<string>((resolve, reject) => {
        ends.set(name, (error) => (error ? reject(error) : resolve(name)));
      });
    });
  const end = async (name: string, error?: Error) => {
    ends.get(name)?.(error);
    await nextTurn();
  };
  return { begun, run, end };
}

test('so many run at once, the next begins where one ends, also by a failure, in the order in which they came', async () => {
  const { begun, end, run } = observed(
    new WorkLimit({ atOnce: 2, mostWaiting: 10, longestWaitMs: 1000, refusal: 'too many' }),
  );
  const all = Promise.allSettled(['a', 'b', 'c', 'd'].map(run));
  await nextTurn();
  expect(begun).toEqual(['a', 'b']);
  await end('b', new Error('no'));
  expect(begun).toEqual(['a', 'b', 'c']);
  await end('a');
  expect(begun).toEqual(['a', 'b', 'c', 'd']);
  await end('c');
  await end('d');
  expect((await all).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
  const later = run('e');
  await end('e');
  expect(await later).toBe('e');
});

test('who would wait behind too many is told at once', async () => {
  const { end, run } = observed(new WorkLimit({ atOnce: 1, mostWaiting: 1, longestWaitMs: 1000, refusal: 'too many' }));
  const [first, second] = [run('a'), run('b')];
  expect(await codeOf(run('c'))).toBe('unavailable');
  await end('a');
  await end('b');
  expect(await Promise.all([first, second])).toEqual(['a', 'b']);
});

test('who has waited too long is told so, and does not begin any more', async () => {
  const { begun, end, run } = observed(
    new WorkLimit({ atOnce: 1, mostWaiting: 10, longestWaitMs: 1000, refusal: 'too many' }),
  );
  const first = run('a');
  const late = codeOf(run('b'));
  jest.advanceTimersByTime(999);
  const third = run('c');
  jest.advanceTimersByTime(1);
  expect(await late).toBe('unavailable');
  await end('a');
  await end('c');
  expect(await Promise.all([first, third])).toEqual(['a', 'c']);
  expect(begun).toEqual(['a', 'c']);
});
