import { randomUUID, randomUUIDv7 } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  ClaimArchive,
  DeleteFile,
  ExpireDue,
  linkCaller,
  openCaller,
  RenewClaims,
  type RpcReply,
  SettleDownload,
} from '@wharf/contracts';
import { callRpc } from '@wharf/messaging';
import { claim, countsOf, createLink, linkCountsOf, settle } from './claiming.js';
import { World } from './world.js';

let world: World;

beforeAll(async () => {
  world = await World.open();
  await Promise.all([world.start(), world.start()]);
});

afterAll(() => world.close());

type Claims = RpcReply<typeof ClaimArchive>['claims'];

/** As a gateway does, before it sends an archive. */
async function claimArchive(uids: string[], link: string | null = null) {
  const transfer_id = randomUUID();
  const caller = link === null ? openCaller : linkCaller(link, ...uids);
  const { claims } = await callRpc(world.bus, ClaimArchive, { caller, transfer_id, link_id: link, uids });
  return { claims, transfer_id };
}

const tryArchive = (...parameters: Parameters<typeof claimArchive>) =>
  claimArchive(...parameters).catch(({ code, message }) => (message.includes('under way') ? 'held' : String(code)));

const settleAs = (
  { claims, transfer_id }: { claims: Claims; transfer_id: string },
  uid: string | null,
  outcome: 'complete' | 'broken',
  sent_bytes: number,
) => {
  const { claim_id } = claims.find((each) => each.uid === uid) as Claims[number];
  return callRpc(world.bus, SettleDownload, { claim_id, transfer_id, outcome, wanted_bytes: 1000, sent_bytes });
};

const limited = (max_downloads: number) => world.storeFile({ max_downloads, size_bytes: 1000 });
const lapse = (ids: string[]) =>
  world.query("update download_claims set lease_until = now() - interval '1 second' where id in (?)", [ids]);

test('an archive takes one download of its link and of each limited file, and is settled part by part', async () => {
  const [one, two] = [await limited(1), await limited(5)];
  const link = await createLink(world, one, { uid: undefined, uids: [one, two], max_downloads: 1 });
  const archive = await claimArchive([one, two], link);
  expect(archive.claims.map(({ uid }) => uid)).toEqual([null, one, two]);
  expect(await linkCountsOf(world, link)).toEqual({ download_count: 0, open_claims: 1 });
  expect(await countsOf(world, two)).toMatchObject({ download_count: 0, open_claims: 1, claims: 1 });
  await settleAs(archive, one, 'complete', 1000);
  expect(await countsOf(world, one)).toMatchObject({ status: 'deleted', download_count: 1 });
  await settleAs(archive, two, 'broken', 0);
  expect(await countsOf(world, two)).toMatchObject({ download_count: 0, open_claims: 0, claims: 0 });
  await settleAs(archive, null, 'complete', 1000);
  await settleAs(archive, null, 'complete', 1000);
  expect(await linkCountsOf(world, link)).toEqual({ download_count: 1, open_claims: 0 });
  expect(await tryArchive([two], link)).toBe('downloads_exhausted');
});

test('it takes all that it needs, or nothing', async () => {
  const [one, two] = [await limited(1), await limited(1)];
  const link = await createLink(world, one, { uid: undefined, uids: [one, two], max_downloads: 1 });
  const nothingIsOpen = async (...uids: string[]) => {
    for (const uid of uids) expect(await countsOf(world, uid)).toMatchObject({ open_claims: 0, claims: 0 });
    expect(await linkCountsOf(world, link)).toMatchObject({ open_claims: 0 });
  };
  const running = await claim(world, two);
  expect(await tryArchive([one, two], link)).toBe('held');
  await nothingIsOpen(one);
  await settle(world, running, 'broken', 0);
  await world.query('update links set download_count = 1 where id = ?', [link]);
  expect(await tryArchive([one, two], link)).toBe('downloads_exhausted');
  await nothingIsOpen(one, two);
  expect(await tryArchive([one, randomUUIDv7()])).toBe('file_not_found');
  await callRpc(world.bus, DeleteFile, { caller: openCaller, uid: two });
  expect(await tryArchive([one, two])).toBe('file_deleted');
  await nothingIsOpen(one);
});

test('of many archives at once, in any order of their files, none goes beyond a limit', async () => {
  const uids = [await limited(3), await limited(7), await limited(7)];
  const link = await createLink(world, uids[0] as string, { uid: undefined, uids, max_downloads: 2 });
  const outcomes = await Promise.all(
    Array.from({ length: 24 }, (_, index) => tryArchive(index % 2 ? uids : uids.toReversed(), index % 3 ? null : link)),
  );
  const taken = outcomes.filter((outcome) => typeof outcome === 'object');
  expect(taken).toHaveLength(3);
  expect(outcomes.filter((outcome) => typeof outcome === 'string' && outcome !== 'held')).toEqual([]);
  const byLink = taken.filter(({ claims }) => claims.some(({ uid }) => uid === null)).length;
  expect(await linkCountsOf(world, link)).toEqual({ download_count: 0, open_claims: byLink });
  for (const uid of uids) expect(await countsOf(world, uid)).toMatchObject({ open_claims: 3, claims: 3 });
});

test('what was sent of archives that broke off may be half of one together', async () => {
  const uids = [await world.storeFile(), await world.storeFile()];
  const link = await createLink(world, uids[0] as string, { uid: undefined, uids, max_downloads: 1 });
  for (const [sent, count] of [
    [300, 0],
    [200, 0],
    [1, 1],
  ] as const) {
    await settleAs(await claimArchive([], link), null, 'broken', sent);
    expect(await linkCountsOf(world, link)).toEqual({ download_count: count, open_claims: 0 });
  }
});

test('an archive that nobody sends any more gives back what it holds, to another one or with time', async () => {
  const uids = [await limited(1), await limited(1)];
  const link = await createLink(world, uids[0] as string, { uid: undefined, uids, max_downloads: 1 });
  const idsOf = ({ claims }: { claims: Claims }) => claims.map(({ claim_id }) => claim_id);
  const first = await claimArchive(uids, link);
  expect(await tryArchive(uids, link)).toBe('held');
  await lapse(idsOf(first));
  const second = await claimArchive(uids, link);
  await lapse(idsOf(second));
  await callRpc(world.bus, RenewClaims, { claim_ids: idsOf(second) });
  await callRpc(world.bus, ExpireDue, { limit: 1000 });
  expect(await linkCountsOf(world, link)).toEqual({ download_count: 0, open_claims: 1 });
  await lapse(idsOf(second));
  await callRpc(world.bus, ExpireDue, { limit: 1000 });
  expect(await linkCountsOf(world, link)).toEqual({ download_count: 0, open_claims: 0 });
  for (const uid of uids) expect(await countsOf(world, uid)).toMatchObject({ open_claims: 0, claims: 0 });
});

test('an archive is taken through its own link alone', async () => {
  const [one, other] = [await limited(2), await limited(2)];
  const link = await createLink(world, one);
  expect(await tryArchive([one, other], link)).toBe('link_not_found');
  await world.query('update links set revoked_at = now() where id = ?', [link]);
  expect(await tryArchive([one], link)).toBe('link_revoked');
  expect(await countsOf(world, one)).toMatchObject({ open_claims: 0 });
});
