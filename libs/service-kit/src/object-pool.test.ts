import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { ObjectPool } from './object-pool.js';

interface Spare {
  name: string;
}

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate'] });
});

afterEach(() => {
  jest.useRealTimers();
});

/** All that there are, as they are taken. */
function namesOf(spares: ObjectPool<Spare>): string[] {
  const names: string[] = [];
  for (let spare = spares.take(); spare; spare = spares.take()) names.push(spare.name);
  return names;
}

function putAll(spares: ObjectPool<Spare>, names: readonly string[]): void {
  for (const name of names) spares.put({ name });
}

async function collectGarbage(): Promise<void> {
  setFlagsFromString('--expose-gc');
  // What was looked at in one turn of the event loop stays until its end.
  await new Promise((resolve) => setImmediate(resolve));
  runInNewContext('gc')();
}

test('the one that came back last is taken first', () => {
  const spares = new ObjectPool<Spare>();
  putAll(spares, ['a', 'b']);
  expect(namesOf(spares)).toEqual(['b', 'a']);
});

test('what nobody has needed for a while is let go of, and what is in use stays', async () => {
  const spares = new ObjectPool<Spare>();
  putAll(spares, ['a', 'b', 'c']);
  for (let turn = 0; turn < 10; turn++) {
    jest.advanceTimersByTime(1000);
    spares.put(spares.take() as Spare);
  }
  await collectGarbage();
  expect(namesOf(spares)).toEqual(['c']);
});

test('once all are let go of nothing looks for them any more', () => {
  const spares = new ObjectPool<Spare>();
  putAll(spares, ['a', 'b']);
  jest.advanceTimersByTime(4000);
  expect(jest.getTimerCount()).toBe(0);
});

test('what was let go of is taken back while it is still in memory', () => {
  const spares = new ObjectPool<Spare>();
  putAll(spares, ['a', 'b']);
  jest.advanceTimersByTime(4000);
  expect(namesOf(spares).sort()).toEqual(['a', 'b']);
});
