import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { FileFilter, FilePage } from '@wharf/contracts';
import { FileSort } from '@wharf/contracts';
import type { Bus } from '@wharf/messaging';
import { eventually, knowsCallers, publishKey, testBus } from '@wharf/test-kit';
import { Asking } from './owners/asking.ts';
import { foreignActs } from './owners/foreign-acts.ts';
import { type Act, type Operation, randomOperations } from './owners/operations.ts';
import { ownActs, type Scene } from './owners/own-acts.ts';
import { Owner, ownerCount, sharedMessageId } from './owners/owner.ts';
import { Witness } from './owners/witness.ts';
import { Ledger } from './quotas/ledger.ts';
import { openWharf, type Wharf } from './wharf.ts';

jest.setTimeout(180_000);

const count = 2000;
const width = 16;
const seed = Number(process.env.WHARF_TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));
const owners = Owner.all();
const witness = new Witness(owners);

let wharf: Wharf;
let ledger: Ledger;
let bus: Bus;
let asking: Asking;

beforeAll(async () => {
  wharf = await openWharf(knowsCallers);
  bus = testBus(wharf.natsUrl);
  await bus.connected();
  publishKey(bus);
  for (const name of ['metadata', 'metadata', 'gateway', 'gateway'] as const) await wharf.start(name);
  ledger = await Ledger.open(wharf.environment.DATABASE_URL as string);
  await eventually(async () => {
    for (const url of wharf.urls) {
      const answer = await fetch(`${url}/api/v1/files`, { headers: (owners[0] as Owner).headers });
      expect(answer.status).toBe(200);
    }
  });
  asking = new Asking(wharf.urls, witness);
});

afterAll(async () => {
  await bus?.drain();
  await ledger?.close();
  await wharf?.close();
});

const acts = { ...ownActs, ...foreignActs } as Record<Act['kind'], (scene: Scene, act: Act) => Promise<void>>;

async function perform(operation: Operation): Promise<void> {
  const owner = owners[operation.owner] as Owner;
  const other = owners[(operation.owner + operation.distance) % ownerCount] as Owner;
  try {
    await acts[operation.act.kind]({ asking, operation, owner, other }, operation.act);
  } catch (error) {
    witness.fault(`${owner.marker}: ${JSON.stringify(operation)} failed: ${error}`);
  }
}

interface Row {
  uid: string;
  owner_id: string;
  message_id: string | null;
  original_name: string;
  is_deleted: boolean;
}

test(`${count} operations of ${ownerCount} owners at a time: nobody sees anything of another (seed ${seed})`, async () => {
  const operations = randomOperations(count, seed);
  let next = 0;
  const lane = async () => {
    for (let operation = operations[next++]; operation; operation = operations[next++]) await perform(operation);
  };
  await Promise.all(Array.from({ length: width }, lane));

  const rows = await ledger.query<Row>(
    "select uid, owner_id, message_id, original_name, status = 'deleted' as is_deleted from files order by uid",
  );
  for (const owner of owners) witness.belongTo(owner, ...rows.filter(isOf(owner)).map(({ uid }) => uid));
  expect(witness.faults.slice(0, 20)).toEqual([]);
  await expectRecords(rows);
  for (const owner of owners) await expectLists(owner, rows.filter(isOf(owner)));
  expect(witness.faults.slice(0, 20)).toEqual([]);
  await eventually(async () => expect(await ledger.query('select id from upload_reservations')).toEqual([]));
  expect(await ledger.wrongUsages()).toEqual([]);
  // It has met what it is about.
  expect(witness.exchanges).toBeGreaterThan(count);
  expect(rows.length).toBeGreaterThan(count / 10);
});

const isOf = (owner: Owner) => (row: Row) => row.owner_id === owner.id;

/** Each file is as its owner has left it, whatever others have tried. */
async function expectRecords(rows: Row[]): Promise<void> {
  const byUid = new Map(rows.map((row) => [row.uid, row]));
  for (const owner of owners) {
    for (const { messageId, name, uid } of owner.files) {
      const left = { uid, owner_id: owner.id, message_id: messageId, original_name: name, is_deleted: false };
      expect(byUid.get(uid)).toEqual(left);
    }
    for (const { uid } of owner.deleted) expect(byUid.get(uid)).toMatchObject({ owner_id: owner.id, is_deleted: true });
  }
}

/** All that is the owner's, and nothing else. */
async function expectLists(owner: Owner, rows: Row[]): Promise<void> {
  const alive = rows.filter(({ is_deleted }) => !is_deleted);
  const lists: [FileFilter, Row[]][] = [
    [{}, alive],
    [{ owner_id: owner.id }, alive],
    [{ status: 'deleted' }, rows.filter(({ is_deleted }) => is_deleted)],
    [{ q: 'EARLY rep' }, alive.filter(({ original_name }) => original_name.includes('early rep'))],
    [{ message_id: sharedMessageId }, alive.filter(({ message_id }) => message_id === sharedMessageId)],
  ];
  for (const [filter, expected] of lists) {
    for (const sort of FileSort.options) {
      const uids = await listAll(owner, new URLSearchParams({ ...filter, sort, limit: '100' }));
      expect(uids.sort()).toEqual(expected.map(({ uid }) => uid).sort());
    }
  }
}

async function listAll(owner: Owner, query: URLSearchParams): Promise<string[]> {
  const answer = await asking.ask(owner, 0, { method: 'GET', path: `/files?${query}` });
  const { files, next_cursor } = answer.json<FilePage>();
  const uids = files.map(({ uid }) => uid);
  if (next_cursor === null) return uids;
  query.set('cursor', next_cursor);
  return [...uids, ...(await listAll(owner, query))];
}
