import { expect, test } from '@jest/globals';
import { eventually } from './eventually.js';

test('gives back what the first passing try returned', async () => {
  let tries = 0;
  const result = await eventually(
    () => {
      tries++;
      if (tries < 3) throw new Error('not yet');
      return tries;
    },
    { everyMs: 1 },
  );
  expect(result).toBe(3);
});

test('throws what the last try threw', async () => {
  let tries = 0;
  const failing = eventually(
    async () => {
      tries++;
      throw new Error(`try ${tries}`);
    },
    { timeoutMs: 20, everyMs: 1 },
  );
  await expect(failing).rejects.toMatchObject({ message: expect.stringMatching(/^try \d+$/) });
  await expect(failing).rejects.toMatchObject({ message: `try ${tries}` });
});
