import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { SharedWork } from './shared-work.js';

interface Run {
  succeed(): void;
  fail(error: Error): void;
}

function observed(): { work: SharedWork; runs: Run[] } {
  const runs: Run[] = [];
  const work = new SharedWork(() => new Promise<void>((succeed, fail) => runs.push({ succeed, fail })));
  return { work, runs };
}

test('who asks within one turn shares a run, and who asks while it runs the next', async () => {
  const { runs, work } = observed();
  const first = [work.run(), work.run()];
  await turn();
  expect(runs).toHaveLength(1);
  const others = [work.run(), work.run()];
  await turn();
  expect(runs).toHaveLength(1);
  runs[0]?.succeed();
  await Promise.all(first);
  await turn();
  expect(runs).toHaveLength(2);
  const late = work.run();
  runs[1]?.succeed();
  await Promise.all(others);
  await turn();
  expect(runs).toHaveLength(3);
  runs[2]?.succeed();
  await late;
  expect(work.isIdle).toBe(true);
});

test('a run that fails, fails for those who share it alone', async () => {
  const { runs, work } = observed();
  const first = work.run();
  await turn();
  const second = work.run();
  runs[0]?.fail(new Error('no'));
  await expect(first).rejects.toThrow('no');
  await turn();
  runs[1]?.succeed();
  await second;
  expect(work.isIdle).toBe(true);
});
