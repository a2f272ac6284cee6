import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { Attachment, AttachmentPage } from '@wharf/contracts';
import { eventually, headersOf } from '@wharf/test-kit';
import { AttachmentWorld, owner, png, storeKinds } from './attachments/attachment-world.ts';
import { problemOf, sha256, sha256Of } from './client.ts';

jest.setTimeout(120_000);

const stranger = 'owner-2';

describe.each(storeKinds)('an attachment on the store %s', (kind) => {
  let world: AttachmentWorld;

  beforeAll(async () => {
    world = await AttachmentWorld.open(kind);
  });
  afterAll(() => world?.close());

  test('is presigned, sent, confirmed, read at once, and verified when it was read', async () => {
    const { attachment_id: id, ...presigned } = await world.presign({ size_bytes: png.length, message_id: 'm-1' });
    expect(presigned).toMatchObject({ max_size_bytes: png.length, fields: { key: `pending/${id}` } });
    expect(await world.reserved()).toBe(1);
    expect((await problemOf(await world.confirm(id))).code).toBe('upload_missing');
    expect((await problemOf(await world.ask('GET', `/attachments/${id}`))).code).toBe('upload_missing');
    expect(await world.send({ attachment_id: id, ...presigned })).toBe(204);
    const attachment = await world.confirmed(id);
    expect(attachment).toMatchObject({
      ...{ id, user_id: owner, message_id: 'm-1', filename: 'фото.png', content_type: 'image/png' },
      ...{ size_bytes: png.length, sha256: null, storage_key: world.store.keyFor(id), metadata: {} },
    });
    const bytes = await world.ask('GET', `/files/${id}`);
    expect([bytes.status, bytes.headers.get('X-Wharf-Source')]).toEqual([200, 'cloud']);
    expect(await sha256Of(bytes)).toBe(sha256(png));
    expect(await world.reserved()).toBe(0);
    await eventually(async () => expect(await world.isThere(`pending/${id}`)).toBe(false));
    await world.expectVerified(id, png);
    const direct = await fetch(attachment.download_url, kind === 'S3' ? {} : { headers: headersOf(owner) });
    expect([direct.status, await sha256Of(direct)]).toEqual([200, sha256(png)]);
    const atCdn = Attachment.parse(await (await world.ask('GET', `/attachments/${id}`, { gateway: 1 })).json());
    expect(atCdn.download_url).toBe(`https://cdn.example.org/b/${attachment.storage_key}`);
    const known = Attachment.parse(await (await world.ask('GET', `/attachments/${id}`)).json());
    expect(known).toMatchObject({ sha256: sha256(png), message_id: 'm-1' });
    expect(await world.store.stat(world.store.keyFor(id))).toMatchObject({ uid: id, sha256: sha256(png) });
    expect(world.events.of('file.stored', id)).toMatchObject([{ data: { local_path: null, sha256: null } }]);
    expect(world.events.of('file.synced', id)).toMatchObject([{ data: { sha256: sha256(png) } }]);
    expect(world.events.invalid).toEqual([]);
  });

  test('is confirmed twice with the same answer, and named by a message then', async () => {
    const { attachment_id: id } = await world.sent();
    const { download_url: _, sha256: __, ...first } = await world.confirmed(id);
    expect(first.message_id).toBeNull();
    expect(await world.confirmed(id)).toMatchObject(first);
    expect(await world.confirmed(id, { message_id: 'm-2' })).toMatchObject({ ...first, message_id: 'm-2' });
    expect(await world.confirmed(id)).toMatchObject({ message_id: 'm-2' });
  });

  test('many confirmations at a time make one file', async () => {
    const { attachment_id: id } = await world.sent();
    const answers = await Promise.all(Array.from({ length: 6 }, () => world.confirm(id)));
    // An attempt that finds the object on its way is asked to come again.
    for (const { status } of answers) expect([200, 409, 503]).toContain(status);
    expect(answers.map(({ status }) => status)).toContain(200);
    await world.confirmed(id);
    await world.expectVerified(id, png);
    expect(world.events.of('file.stored', id)).toHaveLength(1);
  });

  test('under one Idempotency-Key there is one of it', async () => {
    const headers = { 'Idempotency-Key': `k-${Date.now()}` };
    const first = await world.presign({}, { headers });
    expect(await world.presign({}, { headers, gateway: 0 })).toEqual(first);
    const other = await world.ask('POST', '/attachments/presigned', {
      headers,
      body: { filename: 'b.png', content_type: 'image/png' },
    });
    expect((await problemOf(other)).code).toBe('idempotency_mismatch');
    expect(await world.send(first)).toBe(204);
    const [one, again] = [
      await world.confirm(first.attachment_id, {}, { headers: { 'Idempotency-Key': `c-${Date.now()}` } }),
      await world.confirm(first.attachment_id),
    ];
    expect([one.status, again.status]).toEqual([200, 200]);
  });

  test('of somebody else does not exist', async () => {
    const { attachment_id: id } = await world.sent();
    const acts = [
      () => world.confirm(id, {}, { as: stranger }),
      () => world.ask('GET', `/attachments/${id}`, { as: stranger }),
      () => world.ask('DELETE', `/attachments/${id}`, { as: stranger }),
    ];
    for (const act of acts) expect((await problemOf(await act())).code).toBe('file_not_found');
    await world.confirmed(id, { message_id: 'secret' });
    for (const act of acts) expect((await problemOf(await act())).code).toBe('file_not_found');
    expect((await world.ask('GET', `/files/${id}`, { as: stranger })).status).toBe(404);
    const page = await world.ask('GET', '/attachments?message_id=secret', { as: stranger });
    expect(AttachmentPage.parse(await page.json()).attachments).toEqual([]);
  });

  test('those of a message are listed page by page', async () => {
    const message_id = `m-${Date.now()}`;
    const ids: string[] = [];
    for (let count = 0; count < 3; count++) {
      const { attachment_id: id } = await world.sent({ message_id });
      await world.confirmed(id);
      ids.push(id);
    }
    const page = async (query: string) =>
      AttachmentPage.strict().parse(
        await (await world.ask('GET', `/attachments?message_id=${message_id}${query}`)).json(),
      );
    const first = await page('&limit=2');
    expect(first.attachments.map(({ id }) => id)).toEqual(ids.slice(0, 2));
    const second = await page(`&limit=2&cursor=${first.next_cursor}`);
    expect([second.attachments.map(({ id }) => id), second.next_cursor]).toEqual([ids.slice(2), null]);
    expect((await problemOf(await world.ask('GET', '/attachments?massage_id=a'))).code).toBe('invalid_request');
  });

  test('is judged by its object: what was refused is gone, and may be sent anew', async () => {
    const presigned = await world.presign({ content_type: 'image/png' }, { gateway: 1 });
    const { attachment_id: id } = presigned;
    const html = Buffer.from('<!DOCTYPE html><html><script>alert(1)</script></html>');
    expect(await world.send(presigned, html)).toBe(204);
    expect((await problemOf(await world.confirm(id, {}, { gateway: 1 }))).code).toBe('content_type_not_allowed');
    for (const key of [`pending/${id}`, world.store.keyFor(id)]) expect(await world.isThere(key)).toBe(false);
    expect((await problemOf(await world.confirm(id))).code).toBe('upload_missing');
    expect(await world.send(presigned)).toBe(204);
    expect(await world.confirmed(id)).toMatchObject({ content_type: 'image/png' });
    const counts = ([gateway, step]: [number, string]) => world.counted(world.wharf.urls[gateway] as string, step);
    for (const counted of [
      [1, 'reserved'],
      [1, 'refused'],
      [0, 'confirmed'],
    ] as [number, string][]) {
      await eventually(async () => expect(await counts(counted)).toBeGreaterThan(0));
    }
  });

  test('is refused before it is sent where it is too large, of a wrong type, or beyond the quota', async () => {
    const refused = async (request: object, gateway = 0) =>
      (await problemOf(await world.ask('POST', '/attachments/presigned', { gateway, body: request }))).code;
    const image = { filename: 'a.png', content_type: 'image/png' };
    expect(await refused({ ...image, size_bytes: 1e12 })).toBe('file_too_large');
    expect(await refused({ ...image, content_type: 'text/html' }, 1)).toBe('content_type_not_allowed');
    expect(await refused({ ...image, size_bytes: 200_000 })).toBe('quota_exceeded');
    expect(await refused({ ...image, size: 1 })).toBe('invalid_request');
    expect(await refused({ content_type: 'image/png' })).toBe('invalid_request');
    expect(await refused({ ...image, content_type: 'png' })).toBe('invalid_request');
    expect((await problemOf(await world.ask('GET', '/attachments/confirm'))).code).toBe('method_not_allowed');
  });

  test('above 5 GB comes in parts, where the store takes no form of that size', async () => {
    const { attachment_id: id, ...presigned } = await world.presign({ size_bytes: 6_000_000_000 }, { gateway: 2 });
    if (kind === 'directory') {
      expect(Object.keys(presigned).sort()).toEqual(['expires_at', 'fields', 'max_size_bytes', 'url']);
      return;
    }
    expect([presigned.part_size_bytes, presigned.url, presigned.fields]).toEqual([67_108_864, undefined, undefined]);
    expect(presigned.parts).toHaveLength(Math.ceil(6_000_000_000 / 67_108_864));
    const [part] = presigned.parts ?? [];
    expect((await fetch(part?.url ?? '', { method: 'PUT', body: 'some of it' })).status).toBe(200);
    expect((await problemOf(await world.confirm(id))).code).toBe('upload_missing');
    expect((await world.ask('DELETE', `/attachments/${id}`)).status).toBe(204);
    expect((await fetch(part?.url ?? '', { method: 'PUT', body: 'more of it' })).status).toBe(404);
  });

  test('is deleted before and after its confirmation, and again', async () => {
    const before = await world.sent();
    const after = await world.sent();
    await world.confirmed(after.attachment_id);
    for (const { attachment_id: id } of [before, after]) {
      expect((await world.ask('DELETE', `/attachments/${id}`)).status).toBe(204);
      expect((await world.ask('DELETE', `/attachments/${id}`)).status).toBe(204);
      expect((await problemOf(await world.ask('GET', `/attachments/${id}`))).code).toBe('file_not_found');
      expect((await problemOf(await world.confirm(id))).code).toBe('file_not_found');
      await eventually(async () => expect(await world.isThere(`pending/${id}`)).toBe(false));
      await eventually(async () => expect(await world.isThere(world.store.keyFor(id))).toBe(false));
    }
    expect(await world.ledger.query(`select id from upload_reservations where id = '${before.attachment_id}'`)).toEqual(
      [],
    );
    expect((await world.ask('DELETE', '/attachments/01936f2e-8a3b-7c4d-9e5f-0123456789ab')).status).toBe(404);
  });
});
