import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { Spares } from './spares.js';

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  jest.useRealTimers();
});

/** All that there are; they are put back. */
function itemsOf(spares: Spares<string>): string[] {
  const items: string[] = [];
  for (let item = spares.take(); item !== undefined; item = spares.take()) items.push(item);
  for (const item of items.toReversed()) spares.put(item);
  return items;
}

test('the one that came back last is taken first', () => {
  const spares = new Spares<string>();
  for (const item of ['a', 'b']) spares.put(item);
  expect(itemsOf(spares)).toEqual(['b', 'a']);
});

test('what nobody has needed for a while is let go of, and what is in use stays', () => {
  const spares = new Spares<string>();
  for (const item of ['a', 'b', 'c']) spares.put(item);
  for (let turn = 0; turn < 10; turn++) {
    jest.advanceTimersByTime(1000);
    spares.put(spares.take() as string);
  }
  expect(itemsOf(spares)).toEqual(['c']);
  jest.advanceTimersByTime(4000);
  expect(itemsOf(spares)).toEqual([]);
  expect(jest.getTimerCount()).toBe(0);
});
