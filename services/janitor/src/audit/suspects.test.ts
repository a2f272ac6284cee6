import { expect, test } from '@jest/globals';
import { Suspects, type Suspicion } from './suspects.js';

test('batches are settled one at a time, each suspicion once, and a failure reaches whoever flushes', async () => {
  const sizes: number[] = [];
  let running = 0;
  const suspects = new Suspects(async (batch) => {
    running++;
    expect(running).toBe(1);
    await Promise.resolve();
    sizes.push(batch.length);
    running--;
  });
  const suspicion: Suspicion = { kind: 'staged_file', localPath: 'incoming/x.part' };
  await Promise.all(Array.from({ length: 2500 }, () => suspects.add(suspicion)));
  await suspects.flush();
  await suspects.flush();
  expect(sizes).toEqual([1000, 1000, 500]);
  const failing = new Suspects(() => Promise.reject(new Error('away')));
  await failing.add(suspicion);
  await expect(failing.flush()).rejects.toThrow('away');
});
