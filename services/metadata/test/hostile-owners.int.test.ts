import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  AssignOwner,
  type Caller,
  ClaimDownload,
  CreateLink,
  DeleteFile,
  type FileFilter,
  FileSort,
  GetFile,
  ListFiles,
  RevokeLink,
  UpdateFile,
} from '@wharf/contracts';
import { callRpc } from '@wharf/messaging';
import { newUid } from '@wharf/test-kit';
import { release, reserve, usageOf, wrongUsages } from './reserving.js';
import { World } from './world.js';

/** Ids as an issuer may choose them: such as mean something to SQL, to arrays, to placeholders, and such as differ in little. */
const ids = [
  'ann',
  'Ann',
  'ann ',
  'an',
  'ann\n',
  'ann?',
  'ann??',
  '?',
  '$1',
  ':uid',
  ':scope',
  'ann\\',
  "ann'",
  'ann"',
  "' or true --",
  "'; drop table files; --",
  '{ann,null}',
  'null',
  '%',
  '_nn',
  '\u00e9',
  'e\u0301',
  'ς',
  'σ',
  '😀',
  '\u202eann',
  'x'.repeat(255),
  `${'x'.repeat(254)}y`,
];

let world: World;
const files = new Map<string, string>();

beforeAll(async () => {
  world = await World.open();
  await world.start();
  await Promise.all(ids.map(async (owner_id) => files.set(owner_id, await world.storeFile({ owner_id }))));
});

afterAll(() => world.close());

const callerOf = (id: string): Caller => ({ kind: 'token', id, scopes: ['files:create', 'files:read', 'files:write'] });

/** Which files the request finds, in the name of each of the owners: its own, and those of some that resemble it, or do not. */
async function expectOwnAlone(ask: (uid: string, caller: Caller) => Promise<unknown>): Promise<void> {
  for (const [index, id] of ids.entries()) {
    const owners = [0, 1, 2, 3, 7, 13].map((distance) => ids[(index + distance) % ids.length] as string);
    const found = await Promise.all(
      owners.map((owner) =>
        ask(files.get(owner) as string, callerOf(id)).then(
          () => [owner],
          ({ code }) => (code === 'file_not_found' ? [] : [`${owner}: ${code}`]),
        ),
      ),
    );
    expect(found.flat()).toEqual([id]);
  }
}

test('each reads its own file, by one statement alone and by one with others', async () => {
  await expectOwnAlone((uid, caller) => callRpc(world.bus, GetFile, { uid, caller }));
  for (const [id, uid] of files) {
    expect(await callRpc(world.bus, GetFile, { uid, caller: callerOf(id) })).toMatchObject({ owner_id: id });
  }
  const asked = ids.flatMap((id) => [...files].map(([owner, uid]) => ({ id, owner, uid })));
  const answers = asked.map(({ id, owner, uid }) =>
    callRpc(world.bus, GetFile, { uid, caller: callerOf(id) }).then(
      (record) => record.owner_id === id && owner === id,
      ({ code }) => code === 'file_not_found' && owner !== id,
    ),
  );
  expect(await Promise.all(answers)).toEqual(asked.map(() => true));
});

test('each downloads, changes and shares its own file', async () => {
  const download = { link_id: null, is_range: false };
  await expectOwnAlone((uid, caller) =>
    callRpc(world.bus, ClaimDownload, { uid, caller, ...download, transfer_id: randomUUID(), client: randomUUID() }),
  );
  await expectOwnAlone((uid, caller) =>
    callRpc(world.bus, UpdateFile, { uid, caller, changes: { message_id: randomUUID() } }),
  );
  const shared = new Map<string, string>();
  await expectOwnAlone(async (uid, caller) => {
    const link_id = randomUUID();
    const token_hash = link_id.replaceAll('-', '').repeat(2);
    const link = { link_id, token_hash, expires_at: null, max_downloads: null };
    await callRpc(world.bus, CreateLink, { uid, caller, ...link });
    shared.set(uid, link_id);
  });
  await expectOwnAlone((uid, caller) =>
    callRpc(world.bus, RevokeLink, { uid, caller, link_id: shared.get(uid) as string }),
  );
});

test('each lists its own file, by whomever it asks for', async () => {
  for (const [index, id] of ids.entries()) {
    const neighbors = [ids.at(index - 1), ids[(index + 1) % ids.length], 'nobody'];
    const asked = [undefined, id, ...neighbors].flatMap((owner_id) => [{ owner_id }, { owner_id, q: 'photo' }]);
    const pages = await Promise.all(
      asked.map((filter, turn) => {
        const sort = FileSort.options[turn % FileSort.options.length] as FileSort;
        return callRpc(world.bus, ListFiles, {
          caller: callerOf(id),
          filter: filter as FileFilter,
          sort,
          limit: 200,
          cursor: null,
        });
      }),
    );
    const found = pages.map(({ files: page }) => page.map(({ uid }) => uid));
    const isOwn = ({ owner_id = id }: { owner_id?: string | undefined }) => owner_id === id;
    expect(found).toEqual(asked.map((filter) => (isOwn(filter) ? [files.get(id)] : [])));
  }
});

test('what each uses and reserves is counted for itself', async () => {
  const reserved = await Promise.all(
    ids.map(async (id) => {
      const reservation_id = newUid();
      await reserve(world, id, { reservation_id, bytes: 5 });
      return [id, reservation_id] as const;
    }),
  );
  for (const id of ids) expect(await usageOf(world, id)).toMatchObject({ used_files: 1, reserved_bytes: 5 });
  for (const [, reservation] of reserved) await release(world, 'somebody', reservation);
  for (const [id, reservation] of reserved) await release(world, id, reservation);
  for (const id of ids) expect(await usageOf(world, id)).toMatchObject({ used_files: 1, reserved_bytes: 0 });
  expect(await wrongUsages(world)).toEqual([]);
});

test('files are assigned to each, and deleted by each', async () => {
  for (const owner_id of ids) {
    const uid = await world.storeFile();
    await callRpc(world.bus, AssignOwner, { owner_id, uids: [uid], after: null, limit: 1 });
    expect(await world.getFile(uid)).toMatchObject({ owner_id });
  }
  expect(await wrongUsages(world)).toEqual([]);
  await expectOwnAlone((uid, caller) => callRpc(world.bus, DeleteFile, { uid, caller }));
});

test.each([
  ['nothing', ''],
  ['256 characters', 'x'.repeat(256)],
  ['NUL', 'ann\u0000'],
  ['half a surrogate pair', 'ann\ud800'],
])('%s is no id: nothing is asked for it', async (_what, id) => {
  const [[, uid] = []] = files;
  for (const [{ subject }, body] of [
    [GetFile, { uid, caller: callerOf(id) }],
    [ListFiles, { caller: callerOf(id), filter: {}, sort: 'created_at', limit: 1, cursor: null }],
    [AssignOwner, { owner_id: id, uids: [uid], after: null, limit: 1 }],
  ] as const) {
    const reply = await world.bus.require().request(subject, JSON.stringify(body), { timeout: 5000 });
    expect(reply.json()).toMatchObject({ error: { code: 'invalid_request' } });
  }
});
