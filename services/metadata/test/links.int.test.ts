import { randomUUID, randomUUIDv7 } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CreateLink, DeleteFile, openCaller, ResolveLink, RevokeLink, UpdateFile } from '@wharf/contracts';
import { callRpc } from '@wharf/messaging';
import { claim, countsOf, createLink, lapse, linkCountsOf, settle, tryClaim } from './claiming.js';
import { World } from './world.js';

let world: World;

beforeAll(async () => {
  world = await World.open();
  await Promise.all([world.start(), world.start()]);
});

afterAll(() => world.close());

const newHash = () => randomUUID().replaceAll('-', '').repeat(2);
const resolve = (token_hash: string) => callRpc(world.bus, ResolveLink, { token_hash });
const revoke = (uid: string, link_id: string) => callRpc(world.bus, RevokeLink, { caller: openCaller, uid, link_id });
const codeOf = (answer: Promise<unknown>) => answer.then(String, (error) => error.code);

test('a link resolves to its file and its limits', async () => {
  const uid = await world.storeFile();
  const token_hash = newHash();
  const link = await createLink(world, uid, { token_hash, max_downloads: 7, expires_at: '2099-01-01T00:00:00.000Z' });
  expect(await resolve(token_hash)).toEqual({
    link: {
      id: link,
      title: null,
      expires_at: '2099-01-01T00:00:00.000Z',
      max_downloads: 7,
      download_count: 0,
      unlock_key: null,
      file_count: 1,
    },
    uids: [uid],
    file: await world.getFile(uid),
  });
  expect(await codeOf(resolve(newHash()))).toBe('link_not_found');
});

test('creating a link again changes nothing', async () => {
  const uid = await world.storeFile();
  const request = { uid, link_id: randomUUID(), token_hash: newHash(), expires_at: null, max_downloads: 2 };
  await Promise.all([1, 2, 3].map(() => callRpc(world.bus, CreateLink, { ...request, caller: openCaller })));
  await settle(world, await claim(world, uid, { link_id: request.link_id }), 'complete');
  await callRpc(world.bus, CreateLink, { ...request, caller: openCaller });
  expect((await resolve(request.token_hash)).link).toMatchObject({
    id: request.link_id,
    max_downloads: 2,
    download_count: 1,
  });
});

test('a link that is asked for many times at once is created once', async () => {
  const uid = await world.storeFile();
  for (let round = 0; round < 50; round++) {
    const request = { uid, link_id: randomUUID(), token_hash: newHash(), expires_at: null, max_downloads: null };
    await Promise.all(
      Array.from({ length: 8 }, () => callRpc(world.bus, CreateLink, { ...request, caller: openCaller })),
    );
    expect((await resolve(request.token_hash)).link.id).toBe(request.link_id);
  }
});

test.each([
  ['infected', "status = 'quarantined'"],
  ['file_expired', "expires_at = now() - interval '1 second'"],
  ['file_deleted', "status = 'deleted', deleted_reason = 'user'"],
  ['file_expired', "status = 'deleted', deleted_reason = 'expired'"],
  ['downloads_exhausted', "status = 'deleted', deleted_reason = 'downloads_exhausted'"],
  ['downloads_exhausted', 'max_downloads = 2, download_count = 2'],
])('%s: no link is created where %s', async (code, change) => {
  const uid = await world.storeFile();
  await world.query(`update files set ${change} where uid = ?`, [uid]);
  expect(await codeOf(createLink(world, uid))).toBe(code);
});

test('a link of an unknown file is neither created nor revoked', async () => {
  expect(await codeOf(createLink(world, randomUUIDv7()))).toBe('file_not_found');
  expect(await codeOf(revoke(randomUUIDv7(), randomUUID()))).toBe('file_not_found');
});

test('a revoked link is refused at once and for ever, ranges of its sessions too', async () => {
  const uid = await world.storeFile();
  const token_hash = newHash();
  const link_id = await createLink(world, uid, { token_hash });
  const range = { link_id, client: 'reader', is_range: true };
  const running = await claim(world, uid, range);
  await revoke(uid, link_id);
  await revoke(uid, link_id);
  expect(await codeOf(resolve(token_hash))).toBe('link_revoked');
  expect(await tryClaim(world, uid, range)).toBe('link_revoked');
  expect(await tryClaim(world, uid, { link_id })).toBe('link_revoked');
  await settle(world, running, 'complete');
  expect(await linkCountsOf(world, link_id)).toEqual({ download_count: 1, open_claims: 0 });
});

test('a link is not revoked, nor claimed, through another file', async () => {
  const [uid, other] = [await world.storeFile(), await world.storeFile()];
  const token_hash = newHash();
  const link_id = await createLink(world, uid, { token_hash });
  expect(await codeOf(revoke(other, link_id))).toBe('link_not_found');
  expect(await tryClaim(world, other, { link_id })).toBe('link_not_found');
  expect(await tryClaim(world, uid, { link_id: randomUUID() })).toBe('link_not_found');
  expect(await countsOf(world, other)).toMatchObject({ open_claims: 0 });
  expect((await resolve(token_hash)).file?.uid).toBe(uid);
});

test('a link that has expired is refused, ranges of its sessions too', async () => {
  const uid = await world.storeFile();
  const token_hash = newHash();
  const link_id = await createLink(world, uid, { token_hash, expires_at: '2099-01-01T00:00:00.000Z' });
  const range = { link_id, client: 'reader', is_range: true };
  await claim(world, uid, range);
  await world.query("update links set expires_at = now() - interval '1 second' where id = ?", [link_id]);
  expect(await codeOf(resolve(token_hash))).toBe('link_expired');
  expect(await tryClaim(world, uid, range)).toBe('link_expired');
  expect(await tryClaim(world, uid, { link_id })).toBe('link_expired');
});

test('a link of an ended file resolves to the record that says why', async () => {
  const uid = await world.storeFile();
  const token_hash = newHash();
  await createLink(world, uid, { token_hash });
  await callRpc(world.bus, DeleteFile, { caller: openCaller, uid });
  expect((await resolve(token_hash)).file).toMatchObject({ status: 'deleted', deleted_reason: 'user' });
});

test('a link with its downloads used up resolves, gives nothing more, and does not end the file', async () => {
  const uid = await world.storeFile({ max_downloads: 5 });
  const token_hash = newHash();
  const link_id = await createLink(world, uid, { token_hash, max_downloads: 1 });
  const broken = await claim(world, uid, { link_id });
  expect(await tryClaim(world, uid, { link_id })).toBe('held');
  expect(await countsOf(world, uid)).toMatchObject({ open_claims: 1, claims: 1 });
  await settle(world, broken, 'broken');
  expect(await linkCountsOf(world, link_id)).toEqual({ download_count: 0, open_claims: 0 });
  await settle(world, await claim(world, uid, { link_id }), 'complete');
  expect(await tryClaim(world, uid, { link_id })).toBe('downloads_exhausted');
  expect((await resolve(token_hash)).link).toMatchObject({ max_downloads: 1, download_count: 1 });
  expect(await countsOf(world, uid)).toMatchObject({ status: 'stored', download_count: 1, open_claims: 0 });
  await claim(world, uid);
});

test('a client with a link and without one, or with two links, has two sessions', async () => {
  const uid = await world.storeFile({ max_downloads: 5 });
  const [first, second] = [await createLink(world, uid), await createLink(world, uid)];
  for (const link_id of [null, first, second, null, first, second]) {
    await settle(world, await claim(world, uid, { link_id, client: 'reader', is_range: true }), 'complete');
  }
  expect(await countsOf(world, uid)).toMatchObject({ download_count: 3, open_claims: 0 });
  expect(await linkCountsOf(world, first)).toEqual({ download_count: 1, open_claims: 0 });
});

test('what a lapsed claim took of a link is given back', async () => {
  const uid = await world.storeFile();
  const link_id = await createLink(world, uid, { max_downloads: 1 });
  await claim(world, uid, { link_id });
  await lapse(world, uid, 'lease');
  await claim(world, uid, { link_id });
  expect(await linkCountsOf(world, link_id)).toEqual({ download_count: 0, open_claims: 1 });
  expect(await countsOf(world, uid)).toMatchObject({ open_claims: 1, claims: 1 });
});

test('of many claims at once, through links and without, none goes beyond any limit', async () => {
  for (let round = 0; round < 10; round++) {
    const uid = await world.storeFile({ max_downloads: 8 });
    const narrow = await createLink(world, uid, { max_downloads: 2 });
    const wide = await createLink(world, uid, { max_downloads: 20 });
    const given = async (link_id: string | null) => {
      const outcomes = await Promise.all(Array.from({ length: 20 }, () => tryClaim(world, uid, { link_id })));
      expect(outcomes.filter((outcome) => typeof outcome === 'string' && outcome !== 'held')).toEqual([]);
      return outcomes.filter((outcome) => typeof outcome === 'object');
    };
    const [byNarrow, byWide, direct] = await Promise.all([given(narrow), given(wide), given(null)]);
    expect(byNarrow.length).toBeLessThanOrEqual(2);
    expect(byNarrow.length + byWide.length + direct.length).toBe(8);
    expect((await linkCountsOf(world, narrow)).open_claims).toBe(byNarrow.length);
    await Promise.all([...byNarrow, ...byWide, ...direct].map((transfer) => settle(world, transfer, 'complete')));
    expect(await linkCountsOf(world, wide)).toEqual({ download_count: byWide.length, open_claims: 0 });
    expect(await countsOf(world, uid)).toMatchObject({ status: 'deleted', download_count: 8, open_claims: 0 });
  }
});

test('a file that ends takes what is open from its links', async () => {
  const uid = await world.storeFile();
  const link_id = await createLink(world, uid);
  await claim(world, uid, { link_id });
  await callRpc(world.bus, UpdateFile, { caller: openCaller, uid, changes: { max_downloads: 4 } });
  await callRpc(world.bus, DeleteFile, { caller: openCaller, uid });
  expect(await linkCountsOf(world, link_id)).toEqual({ download_count: 0, open_claims: 0 });
});

describe('a file with a thousand links', () => {
  const fill = (uid: string, count: number) =>
    world.query(
      `insert into links (id, file_uid, token_hash, created_at)
       select gen_random_uuid(), ?, gen_random_uuid()::text, now() - interval '1 day' from generate_series(1, ?)`,
      [uid, count],
    );
  const linksOf = async (uid: string) =>
    (await world.query<{ id: string }>('select id from links where file_uid = ?', [uid])).map(({ id }) => id);

  test('has no more, however many are asked for at once, until some are revoked', async () => {
    const [uid, other] = [await world.storeFile(), await world.storeFile()];
    await fill(uid, 995);
    const outcomes = await Promise.all(Array.from({ length: 40 }, () => codeOf(createLink(world, uid))));
    expect(outcomes.filter((code) => code === 'conflict')).toHaveLength(35);
    expect(await linksOf(uid)).toHaveLength(1000);
    await expect(createLink(world, uid)).rejects.toThrow('revoke some');
    await createLink(world, other);
    await revoke(uid, (await linksOf(uid))[0] as string);
    await createLink(world, uid);
    expect(await codeOf(createLink(world, uid))).toBe('conflict');
    expect(await linksOf(uid)).toHaveLength(1000);
  });

  test('answers again for a link that it has', async () => {
    const uid = await world.storeFile();
    await fill(uid, 999);
    const request = { uid, link_id: randomUUID(), token_hash: newHash(), expires_at: null, max_downloads: null };
    for (let count = 0; count < 3; count++) await callRpc(world.bus, CreateLink, { ...request, caller: openCaller });
    expect(await linksOf(uid)).toHaveLength(1000);
  });

  test.each([
    ['revoked_at = now()'],
    ["expires_at = now() - interval '1 second'"],
    ['max_downloads = 2, download_count = 2'],
  ])('loses its oldest that has ended (%s), unless it is read', async (ended) => {
    const uid = await world.storeFile();
    await fill(uid, 997);
    const [read, old, recent] = [
      await createLink(world, uid),
      await createLink(world, uid),
      await createLink(world, uid),
    ] as [string, string, string];
    const reader = await claim(world, uid, { link_id: read });
    await world.query(`update links set ${ended} where id in (?)`, [[read, old, recent]]);
    await createLink(world, uid);
    expect(await linksOf(uid)).not.toContain(old);
    expect(await linksOf(uid)).toContain(recent);
    await createLink(world, uid);
    expect(await linksOf(uid)).not.toContain(recent);
    expect(await codeOf(createLink(world, uid))).toBe('conflict');
    await settle(world, reader, 'broken');
    await createLink(world, uid);
    expect(await linksOf(uid)).not.toContain(read);
    expect(await countsOf(world, uid)).toMatchObject({ open_claims: 0, claims: 0 });
  });
});
