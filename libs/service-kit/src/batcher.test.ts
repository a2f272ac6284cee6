import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { Batcher, type BatcherOptions, Rejected } from './batcher.js';

interface Batch {
  items: string[];
  succeed(results?: (string | Rejected)[]): void;
  fail(error: Error): void;
}

/** Long enough that no batch begins by itself. */
const delayMs = 60_000;

function observed(options?: BatcherOptions): { batcher: Batcher<string, string>; batches: Batch[] } {
  const batches: Batch[] = [];
  const batcher = new Batcher<string, string>(
    (items) =>
      new Promise<readonly (string | Rejected)[]>((resolve, fail) => {
        batches.push({ items, succeed: (results = []) => resolve(results), fail });
      }),
    options,
  );
  return { batcher, batches };
}

const itemsOf = (batches: Batch[]) => batches.map(({ items }) => items);

test('what is added within one turn is one batch, and what is added while it runs is the next', async () => {
  const { batcher, batches } = observed();
  const first = [batcher.add('a'), batcher.add('b')];
  await nextTurn();
  const others = [batcher.add('c'), batcher.add('d')];
  await nextTurn();
  expect(itemsOf(batches)).toEqual([['a', 'b']]);
  batches[0]?.succeed(['A', 'B']);
  expect(await Promise.all(first)).toEqual(['A', 'B']);
  await nextTurn();
  expect(itemsOf(batches)).toEqual([
    ['a', 'b'],
    ['c', 'd'],
  ]);
  const late = batcher.add('e');
  batches[1]?.succeed(['C', 'D']);
  expect(await Promise.all(others)).toEqual(['C', 'D']);
  await nextTurn();
  batches[2]?.succeed(['E']);
  expect(await late).toBe('E');
});

test('a batch that fails, fails for its own items alone', async () => {
  const { batcher, batches } = observed();
  const first = batcher.add('a');
  await nextTurn();
  const second = batcher.add('b');
  batches[0]?.fail(new Error('no'));
  await expect(first).rejects.toThrow('no');
  await nextTurn();
  batches[1]?.succeed(['B']);
  expect(await second).toBe('B');
});

test('an item that is rejected fails alone', async () => {
  const { batcher, batches } = observed();
  const [good, bad] = [batcher.add('a'), batcher.add('b')];
  await nextTurn();
  batches[0]?.succeed(['A', new Rejected(new Error('not this one'))]);
  expect(await good).toBe('A');
  await expect(bad).rejects.toThrow('not this one');
});

test('a batch has no more items than it may have, in their order', async () => {
  const { batcher, batches } = observed({ maxItems: 2 });
  const added = [batcher.add('a'), batcher.add('b'), batcher.add('c')];
  await nextTurn();
  batches[0]?.succeed(['A', 'B']);
  await nextTurn();
  batches[1]?.succeed(['C']);
  expect(await Promise.all(added)).toEqual(['A', 'B', 'C']);
  expect(itemsOf(batches)).toEqual([['a', 'b'], ['c']]);
});

test('overlapping batches wait for no other', async () => {
  const { batcher, batches } = observed({ isOverlapping: true });
  const stuck = batcher.add('a');
  await nextTurn();
  const other = batcher.add('b');
  await nextTurn();
  batches[1]?.succeed(['B']);
  expect(await other).toBe('B');
  batches[0]?.succeed(['A']);
  expect(await stuck).toBe('A');
});

test('a flush begins what waits for its delay, and ends when all of it is done', async () => {
  const { batcher, batches } = observed({ delayMs });
  const first = batcher.add('a');
  await nextTurn();
  expect(batches).toEqual([]);
  let isFlushed = false;
  const flushed = batcher.flush().then(() => {
    isFlushed = true;
  });
  await nextTurn();
  await nextTurn();
  expect(itemsOf(batches)).toEqual([['a']]);
  const second = batcher.add('b');
  batches[0]?.succeed(['A']);
  await first;
  await nextTurn();
  await nextTurn();
  expect(batches).toHaveLength(2);
  expect(isFlushed).toBe(false);
  batches[1]?.fail(new Error('the disk is full'));
  await expect(second).rejects.toThrow('the disk is full');
  await flushed;
  expect(isFlushed).toBe(true);
});
