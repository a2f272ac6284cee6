import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { Rounds } from './rounds.js';

/** Long enough that no round begins by itself. */
const gatherMs = 60_000;

test('what comes within one round is done together', async () => {
  const works: string[][] = [];
  const rounds = new Rounds<string>(async (items) => void works.push([...items]), gatherMs);
  const added = [rounds.add(['a']), rounds.add(['b', 'c'])];
  await rounds.finish();
  await Promise.all(added);
  expect(works).toEqual([['a', 'b', 'c']]);
});

test('finishing waits for a round whose work has begun before', async () => {
  let end: () => void = () => undefined;
  const work = new Promise<void>((resolve) => {
    end = resolve;
  });
  const rounds = new Rounds<string>(() => work, gatherMs);
  void rounds.add(['a']);
  void rounds.finish();
  await turn();
  let isFinished = false;
  const finished = rounds.finish().then(() => {
    isFinished = true;
  });
  await turn();
  expect(isFinished).toBe(false);
  end();
  await finished;
});

test('a round that fails is told to those who added to it, and ends', async () => {
  const rounds = new Rounds<string>(() => Promise.reject(new Error('the disk is full')), gatherMs);
  const added = rounds.add(['a']);
  await rounds.finish();
  await expect(added).rejects.toThrow('the disk is full');
});
