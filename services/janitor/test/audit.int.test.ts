import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { AuditClass } from '@wharf/contracts';
import { forEachConcurrently } from '@wharf/service-kit';
import { seededRandom } from '@wharf/test-kit';
import { AuditWorld, graceMs, type TestFile } from './audit-world.js';
import { Bustle } from './bustle.js';
import { type Divergence, divergences } from './divergences.js';

jest.setTimeout(400_000);

const rounds = 2;
const casesPerRound = 100;
const seed = Number(process.env.WHARF_TEST_SEED ?? Math.floor(Math.random() * 1e9));
const random = seededRandom(seed);

let world: AuditWorld;
let bustle: Bustle;
/** Of earlier rounds: what is lost is found again by every audit. */
const lost: string[] = [];
const recordedAgain = new Set<string>();

beforeAll(async () => {
  world = await AuditWorld.open();
  bustle = new Bustle(world);
});
afterAll(() => world.close());

test.each(Array.from({ length: rounds }, (_, index) => index + 1))(
  `round %i of seed ${seed}: what was broken is found, and nothing else; it is repaired, and restored by an undo`,
  async (round) => {
    await bustle.prepare();
    const made = await breakFiles();
    const expected = [...made.flatMap((each) => each.found), ...lost].sort();
    for (const each of made) if (each.isLost) lost.push(...each.found);
    for (const { announcements, found } of made) {
      if (announcements) for (const line of found) recordedAgain.add(line.slice(-36));
    }
    await world.untilOld();
    const before = await snapshot();

    const dry = await bustle.during(() => world.run());
    expect(dry.found).toEqual(expected);
    expect(dry.tally).toMatchObject({ repaired: {}, problems: [] });
    expect(await snapshot()).toEqual(before);

    const repair = await bustle.during(() => world.run({ isRepairing: true }));
    expect(repair.found).toEqual(expected);
    expect(repair.tally.problems).toEqual([]);
    expect(repair.tally.repairedTotal).toBe(expected.length - lost.length);
    await world.untilQuiet();
    await world.untilOld();
    expect((await bustle.during(() => world.run())).found).toEqual([...lost].sort());

    const undo = await world.undo(repair.runId);
    expect(undo.impossible.length).toBe(impossibleOf(made));
    expect(await snapshot()).toEqual(before);
    const again = await world.undo(repair.runId);
    expect(again).toEqual({ undone: 0, undoneBefore: undo.undone, impossible: undo.impossible });
    expect(await snapshot()).toEqual(before);
    if (round === rounds) return;

    await world.untilOld();
    await world.run({ isRepairing: true });
    await world.untilQuiet();
  },
);

/** Every way once, and as many more as the round has room for. */
async function breakFiles(): Promise<Divergence[]> {
  const names = Object.keys(divergences);
  const chosen = [...names];
  while (chosen.length < casesPerRound) chosen.push(names[Math.floor(random() * names.length)] ?? '');
  const files = await world.syncedFiles(chosen.length);
  const all: Divergence[] = [];
  await forEachConcurrently(chosen.entries(), 16, async ([index, name]) => {
    const made = await divergences[name]?.(world, files[index] as TestFile);
    if (made) all.push(made);
  });
  const classes = new Set(all.flatMap((each) => each.found.map((line) => line.split(' ')[0])));
  expect([...classes].sort()).toEqual([...AuditClass.options].sort());
  return all;
}

/** Two announcements where a file is recorded again without its local copy; neither of them goes away. */
function impossibleOf(made: Divergence[]): number {
  return made.filter((each) => each.isAbort).length + made.reduce((sum, each) => sum + (each.announcements ?? 0), 0);
}

/** What was there, without what came and went by itself, and what a repair has recorded again. */
function snapshot(): Promise<[string, string][]> {
  return world.snapshot((name) => !bustle.uids.has(name.slice(-36)) && !recordedAgain.has(name.slice(-36)));
}

test('what is younger than the grace is not judged', async () => {
  const [file] = await world.syncedFiles(1);
  await world.volume.remove(file?.localPath ?? '');
  const { found } = await world.run({ graceMs: 3_600_000 });
  expect(found).toEqual([]);
  expect(graceMs).toBeLessThan(3_600_000);
});
