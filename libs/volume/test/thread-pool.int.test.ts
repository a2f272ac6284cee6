import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { ThreadPool, threadProgram } from '@wharf/service-kit';
import { eventually } from '@wharf/test-kit';
import type { DiskAnswer, DiskRequest } from '../src/threads/disk-request.js';

let threads: ThreadPool<DiskRequest, DiskAnswer>;

beforeEach(() => {
  threads = new ThreadPool(
    threadProgram('disk-thread', new URL('../src/threads/disk-threads.ts', import.meta.url).href),
    { limit: 2, idleMs: 100 },
  );
});

afterEach(() => threads.close());

/** Given something to do that does not end. */
function occupied() {
  const thread = threads.leastBusy();
  thread.jobs++;
  return thread;
}

test('a thread that has nothing to do is used again', () => {
  const thread = occupied();
  thread.jobs--;
  expect(threads.leastBusy()).toBe(thread);
});

test('another is started while all are busy, up to the limit, and then the least busy one is given more', () => {
  const [one, other] = [occupied(), occupied()];
  expect(other).not.toBe(one);
  one.jobs++;
  expect(occupied()).toBe(other);
  expect([one, other]).toContain(threads.leastBusy());
});

test('one that has died is replaced', async () => {
  const dead = threads.leastBusy();
  await dead.close();
  await eventually(() => expect(threads.leastBusy()).not.toBe(dead));
});

test('one that has had nothing to do for long is ended, and one that has a job is not', async () => {
  const [busy, idle] = [occupied(), occupied()];
  idle.jobs--;
  await eventually(() => expect(threads.leastBusy()).not.toBe(idle));
  await expect(idle.request({ step: 'sync', paths: [] })).rejects.toMatchObject({ code: 'unavailable' });
  await expect(busy.request({ step: 'sync', paths: [] })).resolves.toBeDefined();
});
