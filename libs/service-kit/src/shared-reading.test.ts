import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { SharedReading } from './shared-reading.js';

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  jest.useRealTimers();
});

interface Reading {
  succeed(value: string): void;
  fail(error: Error): void;
}

function observed(): { reading: SharedReading<string>; begun: Reading[] } {
  const begun: Reading[] = [];
  const read = () => new Promise<string>((succeed, fail) => begun.push({ succeed, fail }));
  return { reading: new SharedReading(read, 1000), begun };
}

test('all who ask share one reading, however long it takes, and it counts for its time', async () => {
  const { reading, begun } = observed();
  const first = reading.get();
  jest.advanceTimersByTime(5000);
  const second = reading.get();
  begun[0]?.succeed('a');
  expect(await Promise.all([first, second])).toEqual(['a', 'a']);
  jest.advanceTimersByTime(999);
  expect(await reading.get()).toBe('a');
  expect(begun).toHaveLength(1);
  jest.advanceTimersByTime(1);
  const third = reading.get();
  begun[1]?.succeed('b');
  expect(await third).toBe('b');
});

test('a failure is not kept', async () => {
  const { reading, begun } = observed();
  const failed = [reading.get(), reading.get()];
  begun[0]?.fail(new Error('no'));
  for (const each of failed) await expect(each).rejects.toThrow('no');
  const next = reading.get();
  begun[1]?.succeed('a');
  expect(await next).toBe('a');
});

test("what is forgotten is read anew, and one that was under way then is nobody else's", async () => {
  const { reading, begun } = observed();
  const before = reading.get();
  reading.forget();
  const after = reading.get();
  begun[1]?.succeed('new');
  begun[0]?.succeed('old');
  expect(await Promise.all([before, after])).toEqual(['old', 'new']);
  expect(await reading.get()).toBe('new');
});
