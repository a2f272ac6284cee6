import path from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { type FreshFolder, freshFolder, testServer, testStoreEnvironment } from '@wharf/test-kit';
import type { Answered } from './chaos/load.ts';
import { runRow } from './chaos/matrix.ts';
import { rows } from './chaos/rows.ts';
import { ChaosSystem } from './chaos/system.ts';
import { closedSettings, Users } from './chaos/uploaders.ts';

jest.setTimeout(600_000);

/**
 * Rows wait for leases, acknowledgements and sweeps most of the time. So they are run on two systems at the same time, on each of them one after
 * another: clients of the first show who they are, on the second everybody may do everything. `npm run test:chaos` has all rows, and more uploads
 * in each.
 */
const chosen: { auth: 'required' | 'open'; rows: string[] }[] = [
  {
    auth: 'required',
    rows: [
      'gateway.journal_written: kill',
      'attached: attachment.recorded: kill',
      'metadata.after_commit: kill',
      'accounts is away',
      'kill -9 of both gateways while accounts is away',
      'kill -9 of nats-server',
    ],
  },
  {
    auth: 'open',
    rows: [
      'in pieces: gateway.piece_synced: kill',
      'in pieces: gateway.upload_stored: kill',
      'metadata.outbox_after_publish: kill',
      'cloud_sync.after_complete: kill',
      'janitor.after_unlink: kill',
    ],
  },
];
const uploads = 40;

interface Lane {
  system: ChaosSystem;
  users: Users | undefined;
  earlier: Answered[];
  lastTurn: Promise<unknown>;
}

let folder: FreshFolder;
let lanes: Lane[] = [];

beforeAll(async () => {
  folder = await freshFolder('wharf-chaos');
  const shared = { databaseUrl: testServer('WHARF_TEST_DATABASE_URL'), store: testStoreEnvironment() };
  const openLane = async ({ auth }: (typeof chosen)[number]): Promise<Lane> => {
    const environment = auth === 'open' ? { AUTH: auth } : closedSettings;
    const place = { dir: path.join(folder.path, auth), environment, log: () => undefined };
    const system = await ChaosSystem.open(place, shared);
    const users = auth === 'open' ? undefined : await Users.register(system.gatewayUrls[0] as string);
    return { system, users, earlier: [], lastTurn: Promise.resolve() };
  };
  lanes = await Promise.all(chosen.map(openLane));
});

afterAll(async () => {
  await Promise.all(lanes.map(({ system }) => system.close()));
  await folder?.remove();
});

async function expectNoFaults({ earlier, system, users }: Lane, name: string): Promise<void> {
  const row = rows.find((each) => each.name === name);
  if (!row) throw new Error(`there is no row ${name}`);
  const { answered, result } = await runRow(system, row, { uploads, earlier, users });
  earlier.push(...answered);
  expect(result.faults).toEqual([]);
}

test.concurrent.each(chosen.flatMap(({ auth, rows: names }, index) => names.map((name) => ({ auth, name, index }))))(
  'AUTH=$auth, $name: nothing is lost, doubled or invented',
  async ({ name, index }) => {
    const lane = lanes[index] as Lane;
    const turn = lane.lastTurn.then(() => expectNoFaults(lane, name));
    lane.lastTurn = turn.catch(() => undefined);
    await turn;
  },
);
