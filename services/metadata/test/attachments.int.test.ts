import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  type Caller,
  ConfirmAttachment,
  DeleteAttachment,
  FileSynced,
  GetAttachment,
  ListAttachments,
  ListDueAttachments,
  objectKeyOf,
  openCaller,
  ReserveAttachment,
  type RpcRequest,
  SettleAttachment,
  serviceCaller,
} from '@wharf/contracts';
import { callRpc, emit } from '@wharf/messaging';
import { newUid } from '@wharf/test-kit';
import { usageOf, wrongUsages } from './reserving.js';
import { World } from './world.js';

let world: World;
let owner: string;
let caller: Caller;

beforeAll(async () => {
  world = await World.open();
  await world.start();
}, 60_000);
afterAll(() => world.close());
beforeEach(() => {
  owner = `owner-${newUid()}`;
  caller = { kind: 'user', id: owner, scopes: ['files:create', 'files:read', 'files:write'] };
});

const limits = { max_bytes: 100, max_files: 3, max_uploads: 2 };

function reserve(changes: Partial<RpcRequest<typeof ReserveAttachment>> = {}) {
  return callRpc(world.bus, ReserveAttachment, {
    attachment_id: newUid(),
    caller,
    filename: 'photo.png',
    content_type: 'image/png',
    max_bytes: 40,
    least_bytes: 40,
    message_id: null,
    allowed_types: [],
    is_multipart: false,
    lifetime_ms: 60_000,
    grace_ms: 60_000,
    limits,
    ...changes,
  });
}

function confirm(id: string, changes: Partial<RpcRequest<typeof ConfirmAttachment>> = {}) {
  const object = { cloud_path: `wharf/${objectKeyOf(id)}`, etag: 'e', size_bytes: 30, content_type: 'image/png' };
  return callRpc(world.bus, ConfirmAttachment, { attachment_id: id, caller, object, ...changes });
}

const settle = async (attachment_id: string, orphan_age_ms = 7000) =>
  (await callRpc(world.bus, SettleAttachment, { attachment_id, orphan_age_ms })).outcome;
const makeDue = (id: string) =>
  world.query("update attachments set due_at = now() - interval '1 ms' where id = ?", [id]);
const isDue = async (id: string) =>
  (await callRpc(world.bus, ListDueAttachments, { limit: 1000 })).attachments.some((due) => due.id === id);
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'done',
    ({ code }) => String(code),
  );

describe('reserving', () => {
  test('takes its share of the quota once, and gives what is left where no size was stated', async () => {
    const first = await reserve();
    expect(first).toMatchObject({ owner_id: owner, max_size_bytes: 40, file: null });
    expect(await reserve({ attachment_id: first.id })).toEqual(first);
    expect(await usageOf(world, owner)).toMatchObject({ reserved_bytes: 40, reserved_files: 1 });
    expect(await reserve({ max_bytes: 1000, least_bytes: 0 })).toMatchObject({ max_size_bytes: 60 });
    expect(await codeOf(reserve({ max_bytes: 1, least_bytes: 1 }))).toBe('rate_limited');
    expect(await usageOf(world, owner)).toMatchObject({ reserved_bytes: 100, reserved_files: 2 });
  });

  test('what is refused leaves no row', async () => {
    const id = newUid();
    expect(await codeOf(reserve({ attachment_id: id, max_bytes: 101, least_bytes: 101 }))).toBe('quota_exceeded');
    expect(await world.query('select 1 from attachments where id = ?', [id])).toEqual([]);
  });

  test('an id of somebody else, or of an attachment that is over, is taken', async () => {
    const { id } = await reserve();
    const other: Caller = { ...caller, id: 'somebody else' };
    expect(await codeOf(reserve({ attachment_id: id, caller: other, limits: null }))).toBe('conflict');
    await callRpc(world.bus, DeleteAttachment, { attachment_id: id, caller });
    expect(await codeOf(reserve({ attachment_id: id }))).toBe('conflict');
  });
});

describe('confirming', () => {
  test('records a file without a local copy or a digest, counts it, and announces it once', async () => {
    const { id } = await reserve({ message_id: 'm-1' });
    const record = await confirm(id);
    expect(record).toMatchObject({ uid: id, status: 'stored', local: false, sha256: null, size_bytes: 30 });
    expect(record).toMatchObject({ owner_id: owner, message_id: 'm-1', cloud_path: `wharf/${objectKeyOf(id)}` });
    expect(await confirm(id, { message_id: 'another' })).toEqual(record);
    expect(await world.getFile(id)).toEqual(record);
    expect(await usageOf(world, owner)).toEqual({
      ...{ used_bytes: 30, used_files: 1, reserved_bytes: 0, reserved_files: 0 },
    });
    await world.untilHandled('file.stored');
    const [announced, ...others] = await world.eventsAbout(id, 'file.stored');
    expect(announced?.event.data).toMatchObject({ uid: id, local_path: null, sha256: null, etag: 'e' });
    expect(others).toEqual([]);
    expect(await wrongUsages(world)).toEqual([]);
  });

  test('its digest is learnt from the copy that was read, and of the right size alone', async () => {
    const { id } = await reserve();
    await confirm(id);
    const synced = (size_bytes: number, sha256: string) => ({
      ...{ uid: id, cloud_path: `wharf/${objectKeyOf(id)}`, size_bytes, sha256, etag: 'e' },
      synced_at: '2026-02-01T10:00:00.123Z',
    });
    const tell = (data: ReturnType<typeof synced>) =>
      emit(world.bus, FileSynced, { service: 'cloud-sync', subject: id, id: newUid(), data });
    await tell(synced(31, 'a'.repeat(64)));
    await world.untilHandled('file.synced');
    expect(await world.getFile(id)).toMatchObject({ sha256: null, status: 'stored' });
    await tell(synced(30, 'b'.repeat(64)));
    const verified = await world.untilFile(id, { status: 'archived', sha256: 'b'.repeat(64) });
    expect(verified).toMatchObject({ synced_at: '2026-02-01T10:00:00.123Z', archived_at: '2026-02-01T10:00:00.123Z' });
    await tell(synced(30, 'c'.repeat(64)));
    await world.untilHandled('file.synced');
    expect(await world.getFile(id)).toMatchObject({ sha256: 'b'.repeat(64) });
  });

  test('nobody but its owner finds it', async () => {
    const { id } = await reserve();
    const other: Caller = { ...caller, id: 'somebody else' };
    const requests = () => [
      confirm(id, { caller: other }),
      callRpc(world.bus, GetAttachment, { attachment_id: id, caller: other }),
      callRpc(world.bus, DeleteAttachment, { attachment_id: id, caller: other }),
    ];
    for (const request of requests()) expect(await codeOf(request)).toBe('file_not_found');
    await confirm(id);
    for (const request of requests()) expect(await codeOf(request)).toBe('file_not_found');
    const list = { message_id: null, after: null, limit: 200 };
    expect((await callRpc(world.bus, ListAttachments, { ...list, caller: other })).files).toEqual([]);
    expect((await callRpc(world.bus, ListAttachments, { ...list, caller })).files).toHaveLength(1);
    expect((await callRpc(world.bus, GetAttachment, { attachment_id: id, caller: openCaller })).file?.uid).toBe(id);
  });
});

describe('settling', () => {
  test('ends what was never confirmed, then forgets it, and it cannot be confirmed in between', async () => {
    const { id } = await reserve();
    expect([await isDue(id), await settle(id)]).toEqual([false, 'not_due']);
    await makeDue(id);
    expect([await isDue(id), await settle(id)]).toEqual([true, 'ended']);
    expect(await usageOf(world, owner)).toMatchObject({ reserved_bytes: 0, reserved_files: 0 });
    expect(await codeOf(confirm(id, { caller: serviceCaller }))).toBe('file_not_found');
    expect(await settle(id)).toBe('forgotten');
    expect(await world.query('select 1 from attachments where id = ?', [id])).toEqual([]);
  });

  test('announces what no message has claimed, and deletes it at the next time', async () => {
    const { id } = await reserve();
    await confirm(id);
    await makeDue(id);
    expect(await settle(id)).toBe('kept');
    expect(await isDue(id)).toBe(false);
    await world.query("update attachments set confirmed_at = now() - interval '6.5 s' where id = ?", [id]);
    await makeDue(id);
    expect(await settle(id)).toBe('announced');
    expect(await world.getFile(id)).toMatchObject({ status: 'stored' });
    await makeDue(id);
    expect(await settle(id)).toBe('removed');
    expect(await world.getFile(id)).toMatchObject({ status: 'deleted', deleted_reason: 'expired' });
    await world.untilHandled('file.stored');
    expect(await world.eventsAbout(id, 'file.orphaned')).toHaveLength(1);
    expect(await wrongUsages(world)).toEqual([]);
  });

  test('keeps for good what a message claims after the announcement', async () => {
    const { id } = await reserve();
    await confirm(id);
    await world.query("update attachments set confirmed_at = now() - interval '1 h' where id = ?", [id]);
    await makeDue(id);
    expect(await settle(id)).toBe('announced');
    await world.query("update files set message_id = 'm' where uid = ?", [id]);
    await makeDue(id);
    expect(await settle(id)).toBe('kept');
    expect(await world.query('select due_at from attachments where id = ?', [id])).toEqual([{ due_at: null }]);
  });

  test('a deleted one is deleted again without a word, until its record is forgotten', async () => {
    const { id } = await reserve();
    await confirm(id);
    const drop = () => callRpc(world.bus, DeleteAttachment, { attachment_id: id, caller });
    await drop();
    await drop();
    await makeDue(id);
    expect(await settle(id)).toBe('forgotten');
    await drop();
    expect(await codeOf(callRpc(world.bus, GetAttachment, { attachment_id: id, caller }))).toBe('file_not_found');
    expect(await wrongUsages(world)).toEqual([]);
  });
});
