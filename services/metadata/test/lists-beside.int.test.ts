import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ClaimDownload, ListFiles, openCaller } from '@wharf/contracts';
import { callRpc } from '@wharf/messaging';
import { eventually } from '@wharf/test-kit';
import { World } from './world.js';

let world: World;
const heldName = 'held.bin';
const lock = 7;

/** From here on a search that meets the file `heldName` waits for as long as somebody holds the lock. */
const holdSearches = `
  create function public.strpos(name text, part text) returns integer language plpgsql as $$
  begin
    if name = '${heldName}' then
      perform pg_advisory_xact_lock_shared(${lock});
    end if;
    return pg_catalog.strpos(name, part);
  end $$;
  do $$ begin
    execute format('alter database %I set search_path = public, pg_catalog', current_database());
  end $$`;

beforeAll(async () => {
  world = await World.open();
  const first = await world.start();
  await world.storeFile({ original_name: heldName });
  await world.query(holdSearches);
  await first.close();
  await world.start({ DB_POOL_MAX: '6' });
});

afterAll(() => world.close());

/** Connections of the service on which a search hangs. */
const hanging = async () => {
  const waits = await world.query(
    "select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()",
  );
  return waits.length;
};

const search = () =>
  callRpc(world.bus, ListFiles, {
    caller: openCaller,
    filter: { q: 'he' },
    sort: '-created_at',
    limit: 10,
    cursor: null,
  }).then(
    ({ files }) => files.length,
    (error) => `${error.code}: ${error.message}`,
  );

test('lists that hang leave two thirds of the connections to all else: files are read, claimed and recorded meanwhile', async () => {
  const uid = await world.storeFile();
  const holder = await world.holdTransaction((em) => em.execute(`select pg_advisory_xact_lock(${lock})`));
  const searches = Array.from({ length: 150 }, search);
  await eventually(async () => expect(await hanging()).toBeGreaterThanOrEqual(2));
  for (let count = 0; count < 20; count++) expect(await hanging()).toBeLessThanOrEqual(2);
  const reads = Array.from({ length: 50 }, () => world.getFile(uid));
  const claims = Array.from({ length: 10 }, () =>
    callRpc(world.bus, ClaimDownload, {
      caller: openCaller,
      uid,
      transfer_id: randomUUID(),
      link_id: null,
      client: 'somebody',
      is_range: false,
    }),
  );
  const stored = Array.from({ length: 20 }, () => world.storeFile());
  expect(await Promise.all([...reads, ...claims, ...stored])).toHaveLength(80);
  await holder.end();

  // Two ran and a hundred waited; the others were told at once, and those that waited too long were told then.
  const outcomes = await Promise.all(searches);
  const refused = outcomes.filter((outcome) => outcome === 'unavailable: too many lists are asked for at once');
  expect(refused.length).toBeGreaterThanOrEqual(48);
  expect(await search()).toBe(1);
});
