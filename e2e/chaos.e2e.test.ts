import path from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { type FreshFolder, freshFolder, testServer, testStoreEnvironment } from '@wharf/test-kit';
import type { Answered } from './chaos/load.ts';
import { runRow } from './chaos/matrix.ts';
import { rows } from './chaos/rows.ts';
import { ChaosSystem } from './chaos/system.ts';

jest.setTimeout(600_000);

/** One row for each service and one for NATS; `npm run test:chaos` has all of them, and more uploads in each. */
const chosen = [
  'gateway.journal_written: kill',
  'metadata.after_commit: kill',
  'metadata.outbox_after_publish: kill',
  'cloud_sync.after_complete: kill',
  'janitor.after_unlink: kill',
  'kill -9 of nats-server',
];
const uploads = 40;

/**
 * Rows wait for leases, acknowledgements and sweeps most of the time. So they are run on two systems at the same time, on each of them one after
 * another.
 */
const systemCount = 2;

interface Lane {
  system: ChaosSystem;
  earlier: Answered[];
  lastTurn: Promise<unknown>;
}

let folder: FreshFolder;
let lanes: Lane[] = [];

beforeAll(async () => {
  folder = await freshFolder('wharf-chaos');
  const shared = { databaseUrl: testServer('WHARF_TEST_DATABASE_URL'), store: testStoreEnvironment() };
  const openLane = async (_: unknown, index: number): Promise<Lane> => {
    const place = { dir: path.join(folder.path, `data-${index}`), log: () => undefined };
    return { system: await ChaosSystem.open(place, shared), earlier: [], lastTurn: Promise.resolve() };
  };
  lanes = await Promise.all(Array.from({ length: systemCount }, openLane));
});

afterAll(async () => {
  await Promise.all(lanes.map(({ system }) => system.close()));
  await folder?.remove();
});

async function expectNoFaults({ earlier, system }: Lane, name: string): Promise<void> {
  const row = rows.find((each) => each.name === name);
  if (!row) throw new Error(`there is no row ${name}`);
  const { answered, result } = await runRow(system, row, { uploads, earlier });
  earlier.push(...answered);
  expect(result.faults).toEqual([]);
}

test.concurrent.each(chosen.map((name, index) => ({ name, index })))(
  '$name: nothing is lost, doubled or invented',
  async ({ name, index }) => {
    const lane = lanes[index % systemCount] as Lane;
    const turn = lane.lastTurn.then(() => expectNoFaults(lane, name));
    lane.lastTurn = turn.catch(() => undefined);
    await turn;
  },
);
