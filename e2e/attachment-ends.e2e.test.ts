import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { FileRecord } from '@wharf/contracts';
import { armFaults } from '@wharf/service-kit';
import { eventually } from '@wharf/test-kit';
import { AttachmentWorld, png, storeKinds } from './attachments/attachment-world.ts';

jest.setTimeout(120_000);

describe.each(storeKinds)('an attachment on the store %s', (kind) => {
  let world: AttachmentWorld;

  beforeAll(async () => {
    world = await AttachmentWorld.open(kind);
  });
  afterAll(() => world?.close());

  test('is sent once more after its confirmation: the file stays what it was, and the rest is removed', async () => {
    const presigned = await world.sent({}, { gateway: 1 });
    const { attachment_id: id } = presigned;
    await world.confirmed(id, { message_id: 'm' });
    await world.expectVerified(id, png);
    const status = await world.send(presigned, Buffer.concat([png, png]));
    expect(status).toBe(kind === 'S3' ? 204 : 409);
    await world.expectVerified(id, png);
    await world.makeDue(id);
    const janitor = await world.wharf.start('janitor');
    await eventually(async () => expect(await world.isThere(`pending/${id}`)).toBe(false), { timeoutMs: 60_000 });
    await janitor.close();
    await world.expectVerified(id, png);
  });

  test('whose object is replaced after its confirmation is noticed, and never verified', async () => {
    await world.wharf.stop('cloud-sync');
    const { attachment_id: id } = await world.sent();
    const { storage_key: key } = await world.confirmed(id);
    const other = await world.presign({}, { gateway: 1 });
    expect(await world.send(other, Buffer.concat([png.subarray(0, -1), Buffer.from('x')]))).toBe(204);
    const { etag, sizeBytes } = await world.store.stat(`pending/${other.attachment_id}`);
    await world.store.direct.accept(`pending/${other.attachment_id}`, key, {
      ...{ uid: id, etag, sizeBytes },
      contentType: 'image/png',
    });
    await world.wharf.start('cloud-sync');
    await eventually(() => expect(world.events.of('file.sync_failed', id)).toHaveLength(1));
    await eventually(async () => {
      const record = FileRecord.parse(await (await world.ask('GET', `/files/${id}/metadata`)).json());
      const sync_error = expect.stringMatching(/digest_mismatch/);
      expect(record).toMatchObject({ sha256: null, status: 'stored', sync_error });
    });
  });

  test.each(['attachment.accepted', 'attachment.recorded'])(
    'an attempt to confirm that died at %s is finished by the next',
    async (point) => {
      const { attachment_id: id } = await world.sent();
      armFaults(`${point}:error`);
      expect((await world.confirm(id)).status).toBe(500);
      await world.confirmed(id);
      await world.expectVerified(id, png);
      expect(world.events.of('file.stored', id)).toHaveLength(1);
      expect(await world.ledger.query(`select id from upload_reservations where id = '${id}'`)).toEqual([]);
    },
  );

  test('is verified by the next delivery where cloud-sync died before its announcement', async () => {
    const { attachment_id: id } = await world.sent();
    armFaults('cloud_sync.attachment_marked:error');
    await world.confirmed(id);
    await world.expectVerified(id, png);
    expect(world.events.of('file.synced', id)).toHaveLength(1);
  });

  test('lost confirmations, what never came and what nobody claims: the janitor finishes all of it', async () => {
    const asking = { gateway: 1 };
    const lost = await world.sent({ message_id: 'm' }, asking);
    const never = await world.presign({}, asking);
    const refused = await world.presign({}, asking);
    expect(await world.send(refused, randomBytes(500))).toBe(204);
    const orphan = await world.sent({}, asking);
    expect((await world.confirm(orphan.attachment_id)).status).toBe(200);
    const dead = await world.sent({}, asking);
    armFaults('attachment.accepted:error');
    expect((await world.confirm(dead.attachment_id, {}, { gateway: 1 })).status).toBe(500);
    const all = [lost, never, refused, orphan, dead].map(({ attachment_id: id }) => id);
    await world.makeDue(...all);
    armFaults('janitor.attachment_removed:error');
    const janitor = await world.wharf.start('janitor', { ATTACHMENT_ORPHAN_AGE: '7s' });

    await eventually(
      async () => expect((await world.ask('GET', `/attachments/${lost.attachment_id}`)).status).toBe(200),
      {
        timeoutMs: 30_000,
      },
    );
    await world.expectVerified(lost.attachment_id, png);
    for (const { attachment_id: id } of [never, refused]) {
      await eventually(
        async () => expect(await world.ledger.query(`select id from attachments where id = '${id}'`)).toEqual([]),
        {
          timeoutMs: 30_000,
        },
      );
      for (const key of [`pending/${id}`, world.store.keyFor(id)]) expect(await world.isThere(key)).toBe(false);
    }
    await eventually(() => expect(world.events.of('file.deleted', orphan.attachment_id)).toHaveLength(1), {
      timeoutMs: 60_000,
    });
    const [announced] = world.events.of('file.orphaned', orphan.attachment_id);
    const [deleted] = world.events.of('file.deleted', orphan.attachment_id);
    expect(Date.parse(announced?.time ?? '')).toBeLessThan(Date.parse(deleted?.time ?? ''));
    await eventually(async () => expect(await world.isThere(world.store.keyFor(orphan.attachment_id))).toBe(false));
    expect((await world.ask('GET', `/attachments/${dead.attachment_id}`)).status).not.toBe(409);
    expect((await world.ask('GET', `/attachments/${lost.attachment_id}`)).status).toBe(200);
    await world.makeDue();
    await eventually(
      async () => {
        for await (const { key } of world.store.list({ prefix: 'pending/' })) throw new Error(`${key} is left`);
      },
      { timeoutMs: 60_000 },
    );
    expect(world.events.invalid).toEqual([]);
    for (const [step, least] of Object.entries({ confirmed: 1, refused: 1, removed: 3 })) {
      await eventually(async () => expect(await world.counted(janitor.url, step)).toBeGreaterThanOrEqual(least));
    }
  });
});
