import path from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { type FreshFolder, freshFolder, testServer } from '@wharf/test-kit';
import { rounds } from './attacks/attacks.ts';
import { runRound } from './attacks/judge.ts';
import { AttackedSystem } from './attacks/system.ts';

jest.setTimeout(180_000);

/** `npm run test:attacks` has the full form of each, which lasts up to two minutes. */
const named = rounds.map((round) => ({ name: round.map(({ name }) => name).join(' + '), round }));
const seed = Number(process.env.WHARF_TEST_SEED ?? Date.now() % 2 ** 31);

let folder: FreshFolder;
let system: AttackedSystem;

beforeAll(async () => {
  folder = await freshFolder('wharf-attacks');
  const dir = path.join(folder.path, 'data');
  const databaseUrl = testServer('WHARF_TEST_DATABASE_URL');
  system = await AttackedSystem.open({ dir, databaseUrl, log: () => undefined });
});

afterAll(async () => {
  await system?.close();
  await folder?.remove();
});

test.each(named)('$name', async ({ round }) => {
  const { faults } = await runRound(system, round, { isShort: true, seed });
  expect({ seed, faults }).toEqual({ seed, faults: [] });
});
