import path from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { type FreshFolder, freshFolder, testServer, testStoreEnvironment } from '@wharf/test-kit';
import type { Answered } from './chaos/load.ts';
import { runRow } from './chaos/matrix.ts';
import { rows } from './chaos/rows.ts';
import { ChaosSystem } from './chaos/system.ts';

jest.setTimeout(300_000);

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

let folder: FreshFolder;
let system: ChaosSystem;
const earlier: Answered[] = [];

beforeAll(async () => {
  folder = await freshFolder('wharf-chaos');
  const place = {
    dir: path.join(folder.path, 'data'),
    log: () => undefined,
  };
  const shared = { databaseUrl: testServer('WHARF_TEST_DATABASE_URL'), store: testStoreEnvironment() };
  system = await ChaosSystem.open(place, shared);
});

afterAll(async () => {
  await system?.close();
  await folder?.remove();
});

test.each(chosen)('%s: nothing is lost, doubled or invented', async (name) => {
  const row = rows.find((each) => each.name === name);
  if (!row) throw new Error(`there is no row ${name}`);
  const { answered, result } = await runRow(system, row, { uploads, earlier });
  earlier.push(...answered);
  expect(result.faults).toEqual([]);
});
