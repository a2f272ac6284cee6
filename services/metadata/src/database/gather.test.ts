import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { gather } from './gather.js';

test('questions of one moment are asked together, a later one anew although the first is not answered yet', async () => {
  const asked: string[][] = [];
  let answer: () => void = () => undefined;
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const ask = gather(async (keys: string[]) => {
    asked.push(keys);
    await answered;
    return new Map(keys.filter((key) => key !== 'unknown').map((key) => [key, key.toUpperCase()]));
  });
  const first = Promise.all([ask('a'), ask('b'), ask('unknown')]);
  await nextTurn();
  const second = ask('a');
  await nextTurn();
  expect(asked).toEqual([['a', 'b', 'unknown'], ['a']]);
  answer();
  expect(await first).toEqual(['A', 'B', undefined]);
  expect(await second).toBe('A');
});

test('a failure is told to everybody who asked with it, and to nobody after them', async () => {
  let isBroken = true;
  const ask = gather(async (keys: number[]) => {
    if (isBroken) throw new Error('broken');
    return new Map(keys.map((key) => [key, -key]));
  });
  const outcomes = await Promise.allSettled([ask(1), ask(2)]);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  isBroken = false;
  expect(await ask(1)).toBe(-1);
});
