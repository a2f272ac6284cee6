import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { AssignOwner, DeleteFile, FileUpdated, openCaller, ReplayEvent, ResolveLink } from '@wharf/contracts';
import { callRpc, createEvent } from '@wharf/messaging';
import { eventually, newUid } from '@wharf/test-kit';
import { createLink } from './claiming.js';
import { World } from './world.js';

let world: World;

beforeAll(async () => {
  world = await World.open();
  await world.start();
});

afterAll(() => world.close());

const assign = (owner_id: string, uids: string[]) =>
  callRpc(world.bus, AssignOwner, { owner_id, uids, after: null, limit: 500 });

test('named files become the owner’s, whoever had them, and that is announced once', async () => {
  const unowned = await world.storeFile();
  const others = await world.storeFile({ owner_id: 'bob' });
  const missing = newUid();
  const deleted = await world.storeFile();
  await callRpc(world.bus, DeleteFile, { uid: deleted, caller: openCaller });
  const found = [unowned, others].sort();
  expect(await assign('ann', [unowned, others, missing, deleted])).toEqual({ uids: found, next: null });
  for (const uid of found) expect(await world.getFile(uid)).toMatchObject({ owner_id: 'ann' });
  expect(await world.getFile(deleted)).toMatchObject({ owner_id: null });
  expect(await assign('ann', [unowned, others])).toEqual({ uids: found, next: null });
  const announced = () => world.eventsAbout(unowned, FileUpdated.type);
  await eventually(async () => expect(await announced()).toHaveLength(1));
  expect((await announced())[0]?.event.data).toEqual({ uid: unowned, changes: { owner_id: 'ann' } });
});

test('files of nobody are assigned page by page, and those of others are left', async () => {
  const others = await world.storeFile({ owner_id: 'bob' });
  const unowned = await Promise.all(Array.from({ length: 7 }, () => world.storeFile()));
  const assigned: string[] = [];
  let after: string | null = null;
  let pages = 0;
  do {
    const page: { uids: string[]; next: string | null } = await callRpc(world.bus, AssignOwner, {
      owner_id: 'carol',
      uids: null,
      after,
      limit: 3,
    });
    assigned.push(...page.uids);
    after = page.next;
    pages++;
  } while (after !== null);
  expect(assigned).toEqual(expect.arrayContaining(unowned));
  expect(pages).toBeGreaterThan(2);
  expect(await world.getFile(others)).toMatchObject({ owner_id: 'bob' });
  for (const uid of unowned) expect(await world.getFile(uid)).toMatchObject({ owner_id: 'carol' });
});

test('a database that was restored learns the owner from the stream', async () => {
  const uid = await world.storeFile();
  await assign('ann', [uid]);
  const [update] = await eventually(async () => {
    const events = await world.eventsAbout(uid, FileUpdated.type);
    if (events.length === 0) throw new Error('nothing is announced yet');
    return events;
  });
  await world.query('update files set owner_id = null, changed_at = null where uid = ?', [uid]);
  const event = FileUpdated.envelope.parse(update?.event);
  expect(await callRpc(world.bus, ReplayEvent, { event, deletion: null })).toEqual({ outcome: 'applied' });
  expect(await world.getFile(uid)).toMatchObject({ owner_id: 'ann' });
});

/** `ok`, or why the link leads nowhere. */
function follow(link_id: string): Promise<string> {
  const token_hash = link_id.replaceAll('-', '').repeat(2);
  return callRpc(world.bus, ResolveLink, { token_hash }).then(
    () => 'ok',
    ({ code }) => code,
  );
}

test('links that a former owner gave away are revoked, and those of a file of nobody stay', async () => {
  const [of_nobody, of_bob, of_ann] = await Promise.all([
    world.storeFile(),
    world.storeFile({ owner_id: 'bob' }),
    world.storeFile({ owner_id: 'ann' }),
  ]);
  const links = await Promise.all([of_nobody, of_bob, of_ann].map((uid) => createLink(world, uid)));
  await assign('ann', [of_nobody, of_bob, of_ann]);
  expect(await Promise.all(links.map(follow))).toEqual(['ok', 'link_revoked', 'ok']);
  const fresh = await createLink(world, of_bob);
  await assign('ann', [of_bob]);
  expect(await follow(fresh)).toBe('ok');
});

test('a database that was restored revokes the links of a former owner too', async () => {
  const uid = await world.storeFile({ owner_id: 'bob' });
  const link = await createLink(world, uid);
  const changes = { owner_id: 'ann' };
  const event = createEvent(FileUpdated, { service: 'metadata', subject: uid, id: newUid(), data: { uid, changes } });
  expect(await callRpc(world.bus, ReplayEvent, { event, deletion: null })).toEqual({ outcome: 'applied' });
  expect(await follow(link)).toBe('link_revoked');
});
