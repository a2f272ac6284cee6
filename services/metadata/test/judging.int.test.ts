import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  type Caller,
  ClaimDownload,
  CreateLink,
  DeleteFile,
  type FileFilter,
  FileSort,
  GetFile,
  ListFiles,
  linkCaller,
  openCaller,
  ResolveLink,
  RevokeLink,
  serviceCaller,
  UpdateFile,
} from '@wharf/contracts';
import { callRpc } from '@wharf/messaging';
import { eventually, newUid } from '@wharf/test-kit';
import { createLink } from './claiming.js';
import { World } from './world.js';

let world: World;
const ann: Caller = { kind: 'user', id: 'ann', scopes: ['files:create', 'files:read', 'files:write'] };
const key: Caller = { kind: 'key', id: 'ann', scopes: ['files:read'] };
const bob: Caller = { kind: 'token', id: 'bob', scopes: ['files:create', 'files:read', 'files:write'] };
const admin: Caller = { kind: 'user', id: 'root', scopes: ['files:all', 'admin'] };
const nobody: Caller = { kind: 'anonymous', id: null, scopes: [] };

/** Of one file of each kind, by its name. */
let files: Record<'of_ann' | 'of_ann_public' | 'of_nobody' | 'of_nobody_public' | 'missing', string>;
type FileName = keyof typeof files;

beforeAll(async () => {
  world = await World.open();
  await world.start();
  const [of_ann, of_ann_public, of_nobody, of_nobody_public] = await Promise.all([
    world.storeFile({ owner_id: 'ann', original_name: 'ann private.txt' }),
    world.storeFile({ owner_id: 'ann', visibility: 'public', original_name: 'ann public.txt' }),
    world.storeFile({ original_name: 'nobody private.txt' }),
    world.storeFile({ visibility: 'public', original_name: 'nobody public.txt' }),
  ]);
  files = { of_ann, of_ann_public, of_nobody, of_nobody_public, missing: newUid() };
});

afterAll(() => world.close());

const readable: [string, Caller, FileName[]][] = [
  ['the owner', ann, ['of_ann', 'of_ann_public', 'of_nobody_public']],
  ["the owner's key", key, ['of_ann', 'of_ann_public', 'of_nobody_public']],
  ['another', bob, ['of_ann_public', 'of_nobody_public']],
  ['who has no credentials', nobody, ['of_ann_public', 'of_nobody_public']],
  ['an admin', admin, ['of_ann', 'of_ann_public', 'of_nobody', 'of_nobody_public']],
  ['everybody, while AUTH is open', openCaller, ['of_ann', 'of_ann_public', 'of_nobody', 'of_nobody_public']],
  ['a service', serviceCaller, ['of_ann', 'of_ann_public', 'of_nobody', 'of_nobody_public']],
];
const changeable: [string, Caller, FileName[]][] = readable.map(([who, caller, names]) => [
  who,
  caller,
  caller.scopes.includes('files:all')
    ? names
    : names.filter((name) => caller.id === 'ann' && name.startsWith('of_ann')),
]);

/** What each file is answered with, the uid taken out: `ok`, or code and words of the refusal. */
async function outcomes(ask: (uid: string) => Promise<unknown>): Promise<Record<FileName, string>> {
  const entries = Object.entries(files).map(async ([name, uid]) => [
    name,
    await ask(uid).then(
      () => 'ok',
      ({ code, message }) => `${code}: ${message.replace(uid, 'UID')}`,
    ),
  ]);
  return Object.fromEntries(await Promise.all(entries));
}

function expected(names: readonly FileName[]): Record<string, string> {
  return Object.fromEntries(
    Object.keys(files).map((name) => [
      name,
      names.includes(name as FileName) ? 'ok' : 'file_not_found: no file UID is recorded',
    ]),
  );
}

test.each(readable)('%s reads what it may, and nothing else exists', async (_who, caller, names) => {
  expect(await outcomes((uid) => callRpc(world.bus, GetFile, { uid, caller }))).toEqual(expected(names));
});

test.each(readable)('%s downloads what it may read', async (_who, caller, names) => {
  const claim = (uid: string) =>
    callRpc(world.bus, ClaimDownload, {
      uid,
      caller,
      transfer_id: randomUUID(),
      link_id: null,
      client: randomUUID(),
      is_range: false,
    });
  expect(await outcomes(claim)).toEqual(expected(names));
});

test.each(changeable)('%s changes what is its own', async (_who, caller, names) => {
  const update = (uid: string) =>
    callRpc(world.bus, UpdateFile, { uid, caller, changes: { message_id: randomUUID() } });
  expect(await outcomes(update)).toEqual(expected(names));
});

test.each(changeable)('%s shares what is its own, and revokes that', async (_who, caller, names) => {
  const share = (uid: string) => {
    const id = randomUUID();
    const token_hash = id.replaceAll('-', '').repeat(2);
    const link = { uid, caller, link_id: id, token_hash, expires_at: null, max_downloads: null };
    return callRpc(world.bus, CreateLink, link);
  };
  expect(await outcomes(share)).toEqual(expected(names));
  const links = Object.fromEntries(
    await Promise.all(
      Object.values(files)
        .filter((uid) => uid !== files.missing)
        .map(async (uid) => [uid, await createLink(world, uid)]),
    ),
  );
  const revoke = (uid: string) => callRpc(world.bus, RevokeLink, { uid, caller, link_id: links[uid] ?? randomUUID() });
  expect(await outcomes(revoke)).toEqual(expected(names));
});

test.each(changeable.filter(([, caller]) => !caller.scopes.includes('files:all')))(
  '%s deletes what is its own',
  async (_who, caller) => {
    const mine = caller.id === 'ann' ? [await world.storeFile({ owner_id: 'ann' })] : [];
    const others = [files.of_nobody, files.of_nobody_public, files.missing];
    for (const uid of mine) {
      expect(await callRpc(world.bus, DeleteFile, { uid, caller })).toMatchObject({ status: 'deleted' });
    }
    for (const uid of others) {
      await expect(callRpc(world.bus, DeleteFile, { uid, caller })).rejects.toMatchObject({ code: 'file_not_found' });
    }
  },
);

test('reads of the same moment are judged one by one', async () => {
  const callers = [ann, bob, nobody, admin, openCaller, key, linkCaller(randomUUID(), files.of_nobody)];
  const asked = Array.from({ length: 300 }, (_, index) => ({
    caller: callers[index % callers.length] as Caller,
    uid: Object.values(files)[(index * 7) % 5] as string,
  }));
  const isMine = (caller: Caller, uid: string) =>
    caller.id === 'ann' && [files.of_ann, files.of_ann_public].includes(uid);
  const isPublic = (uid: string) => [files.of_ann_public, files.of_nobody_public].includes(uid);
  const isFound = ({ caller, uid }: { caller: Caller; uid: string }) => {
    if (uid === files.missing) return false;
    if (caller.link) return caller.link.uids.includes(uid);
    return caller.scopes.includes('files:all') || isMine(caller, uid) || isPublic(uid);
  };
  const found = await Promise.all(
    asked.map((request) =>
      callRpc(world.bus, GetFile, request).then(
        ({ uid }) => uid,
        ({ code }) => code,
      ),
    ),
  );
  expect(found).toEqual(asked.map((request) => (isFound(request) ? request.uid : 'file_not_found')));
});

test('who came by a link reads its files alone, takes its downloads alone, and changes nothing', async () => {
  const link_id = await createLink(world, files.of_ann, { max_downloads: 1 });
  const caller = linkCaller(link_id, files.of_ann);
  expect(await outcomes((uid) => callRpc(world.bus, GetFile, { uid, caller }))).toEqual(expected(['of_ann']));
  const claim = (uid: string, link: string | null, by: Caller) =>
    callRpc(world.bus, ClaimDownload, {
      uid,
      caller: by,
      transfer_id: randomUUID(),
      link_id: link,
      client: randomUUID(),
      is_range: false,
    });
  for (const [link, by] of [
    [null, caller],
    [link_id, ann],
    [link_id, openCaller],
    [randomUUID(), caller],
  ] as const) {
    await expect(claim(files.of_ann, link, by)).rejects.toMatchObject({ code: 'invalid_request' });
  }
  await expect(claim(files.of_nobody, link_id, caller)).rejects.toMatchObject({ code: 'file_not_found' });
  await claim(files.of_ann, link_id, caller);
  const update = (uid: string) => callRpc(world.bus, UpdateFile, { uid, caller, changes: { message_id: 'no' } });
  expect(await outcomes(update)).toEqual(expected([]));
  const page = await callRpc(world.bus, ListFiles, {
    caller,
    filter: {},
    sort: '-created_at',
    limit: 10,
    cursor: null,
  });
  expect(page).toEqual({ files: [], next_cursor: null });
});

const list = (
  caller: Caller,
  filter: FileFilter = {},
  options: { cursor?: string | null; limit?: number; sort?: FileSort } = {},
) => callRpc(world.bus, ListFiles, { caller, filter, sort: '-created_at', limit: 50, cursor: null, ...options });

test.each([
  ['all', {}],
  ['a common part of the name', { q: 'private' }],
  ['a short part of the name', { q: 'pr' }],
  ['a part that others have', { q: 'nobody' }],
  ['a status', { status: 'stored' }],
  ['a kind', { content_type: 'image/' }],
  ['itself', { owner_id: 'ann' }],
  ['nobody in particular', { owner_id: 'somebody' }],
] as [string, FileFilter][])('a list holds files of its caller alone: %s', async (_what, filter) => {
  for (const sort of FileSort.options) {
    const everything = await list(openCaller, filter, { sort });
    for (const caller of [ann, key, bob, nobody]) {
      const page = await list(caller, filter, { sort });
      const own = everything.files.filter(({ owner_id }) => owner_id !== null && owner_id === caller.id);
      expect(page.files.map(({ uid }) => uid)).toEqual(own.map(({ uid }) => uid));
      expect(page.next_cursor).toBeNull();
    }
  }
});

test('the files of another owner are listed for those with files:all alone', async () => {
  expect((await list(admin, { owner_id: 'ann' })).files.length).toBeGreaterThan(0);
  expect(await list(bob, { owner_id: 'ann' })).toEqual({ files: [], next_cursor: null });
});

test("somebody else's cursor leads through one's own files", async () => {
  await Promise.all([1, 2, 3].map(() => world.storeFile({ owner_id: 'bob' })));
  const { next_cursor: cursor } = await list(admin, {}, { limit: 1 });
  expect(cursor).not.toBeNull();
  const { files: behind } = await list(bob, {}, { cursor });
  for (const { owner_id } of behind) expect(owner_id).toBe('bob');
});

test.each([GetFile, DeleteFile])('a request without a caller is refused: $subject', async ({ subject }) => {
  for (const body of [
    { uid: files.of_ann },
    { uid: files.of_ann, caller: null },
    { uid: files.of_ann, caller: { kind: 'user', id: 'ann' } },
    { uid: files.of_ann, caller: { ...ann, scopes: ['everything'] } },
  ]) {
    const reply = await world.bus.require().request(subject, JSON.stringify(body), { timeout: 5000 });
    expect(reply.json()).toMatchObject({ error: { code: 'invalid_request' } });
  }
});

test('a file is private until it is said to be public, and private again', async () => {
  const uid = await world.storeFile({ owner_id: 'ann' });
  const look = () => callRpc(world.bus, GetFile, { uid, caller: nobody });
  const make = (visibility: 'private' | 'public') =>
    callRpc(world.bus, UpdateFile, { uid, caller: ann, changes: { visibility } });
  await expect(look()).rejects.toMatchObject({ code: 'file_not_found' });
  expect(await make('public')).toMatchObject({ visibility: 'public' });
  expect(await look()).toMatchObject({ uid, visibility: 'public' });
  await make('private');
  await expect(look()).rejects.toMatchObject({ code: 'file_not_found' });
  await eventually(async () => {
    const changes = (await world.eventsAbout(uid, 'file.updated')).map(({ event }) => event.data.changes);
    expect(changes).toEqual([{ visibility: 'public' }, { visibility: 'private' }]);
  });
});

test('a file of which the gateway of the release before told is private', async () => {
  const uid = await world.storeFile({ owner_id: 'ann', visibility: undefined });
  expect(await world.getFile(uid)).toMatchObject({ visibility: 'private' });
});

test('a link leads to its file, whoever owns it', async () => {
  const link_id = await createLink(world, files.of_ann);
  const token_hash = link_id.replaceAll('-', '').repeat(2);
  expect(await callRpc(world.bus, ResolveLink, { token_hash })).toMatchObject({ file: { uid: files.of_ann } });
});
