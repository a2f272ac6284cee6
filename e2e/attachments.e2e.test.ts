import { randomBytes } from 'node:crypto';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { Attachment, AttachmentPage, FileRecord, PresignedAttachment } from '@wharf/contracts';
import type { Bus } from '@wharf/messaging';
import { type ObjectStore, objectStoreSettings, openObjectStore } from '@wharf/object-store';
import { armFaults, loadConfig } from '@wharf/service-kit';
import { eventually, freshFolder, headersOf, knowsCallers, publishKey, testBus } from '@wharf/test-kit';
import { buildOpenApi } from '../services/gateway/src/docs/build-openapi.js';
import { problemOf, sha256, sha256Of } from './client.ts';
import { listenToEvents } from './events.ts';
import { readOpenApi } from './openapi.ts';
import { Ledger } from './quotas/ledger.ts';
import { openWharf, type Wharf } from './wharf.ts';

jest.setTimeout(120_000);

const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const owner = 'owner-1';
const stranger = 'owner-2';

const document = readOpenApi(JSON.parse(JSON.stringify(buildOpenApi())));

/** What attachments are answered with is what the document says. */
async function asDocumented(answer: Response, method: string, target: string): Promise<Response> {
  const path = `/api/v1${target.replace(/\?.*/, '').replace(/[0-9a-f-]{36}/, '{id}')}`;
  const operation = document.operations.find((each) => each.path === path && each.method === method.toLowerCase());
  if (operation && answer.status !== 500) expect(await document.complaints(operation, answer.clone())).toEqual([]);
  return answer;
}

describe.each(['S3', 'directory'])('attachments on the store %s', (kind) => {
  let wharf: Wharf;
  let bus: Bus;
  let ledger: Ledger;
  let store: ObjectStore;
  let events: Awaited<ReturnType<typeof listenToEvents>>;
  let closeFolder: (() => Promise<void>) | undefined;

  beforeAll(async () => {
    const environment: Record<string, string> = { ...knowsCallers, EXPIRE_SCHEDULE: '* * * * * *' };
    if (kind === 'directory') {
      const folder = await freshFolder('wharf-objects');
      closeFolder = () => folder.remove();
      Object.assign(environment, { OBJECT_STORE_URL: pathToFileURL(folder.path).href, S3_ENDPOINT_URL: '' });
    }
    wharf = await openWharf({ ...environment, ATTACHMENT_EXPIRY: '10s', SYNC_MAX_DELIVER: '2' });
    bus = testBus(wharf.natsUrl);
    await bus.connected();
    publishKey(bus);
    events = await listenToEvents(wharf.natsUrl, 'file.>');
    await wharf.start('metadata');
    await wharf.start('cloud-sync');
    await wharf.start('gateway', { QUOTA_BYTES: '100000' });
    await wharf.start('gateway', {
      ALLOWED_CONTENT_TYPES: 'image/*',
      ATTACHMENT_EXPIRY: '2s',
      CDN_URL: 'https://cdn.example.org/b/',
    });
    await wharf.start('gateway', { MAX_FILE_SIZE: '7000000000' });
    ledger = await Ledger.open(wharf.environment.DATABASE_URL as string);
    store = await openObjectStore(loadConfig(objectStoreSettings, wharf.environment));
    await eventually(async () => {
      for (const gateway of [0, 1, 2]) expect((await ask('GET', '/attachments', { gateway })).status).toBe(200);
    });
  });

  afterAll(async () => {
    await store?.close();
    await events?.close();
    await bus?.drain();
    await ledger?.close();
    await wharf?.close();
    await closeFolder?.();
  });

  interface Asking {
    as?: string;
    gateway?: number;
    headers?: Record<string, string>;
    body?: object;
  }

  async function ask(method: string, path: string, { as = owner, body, gateway = 0, headers = {} }: Asking = {}) {
    const init = body ? { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } } : {};
    const url = `${wharf.urls[gateway]}/api/v1${path}`;
    return asDocumented(
      await fetch(url, { ...init, method, headers: { ...init.headers, ...headersOf(as), ...headers } }),
      method,
      path,
    );
  }

  async function presign(request: object = {}, asking: Asking = {}): Promise<PresignedAttachment> {
    const body = { filename: 'фото.png', content_type: 'image/png', size_bytes: 2000, ...request };
    const answer = await ask('POST', '/attachments/presigned', { ...asking, body });
    expect([answer.status, await answer.clone().json()]).toMatchObject([201, {}]);
    return PresignedAttachment.strict().parse(await answer.json());
  }

  async function send({ fields = {}, url = '' }: PresignedAttachment, bytes: Buffer = png): Promise<number> {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    form.append('file', new Blob([new Uint8Array(bytes)]), 'photo.png');
    const answer = await fetch(url, { method: 'POST', body: form });
    if (kind === 'directory') await asDocumented(answer, 'POST', '/attachments/form');
    await answer.arrayBuffer();
    return answer.status;
  }

  const confirm = (attachment_id: string, more: object = {}, asking: Asking = {}) =>
    ask('POST', '/attachments/confirm', { ...asking, body: { attachment_id, ...more } });

  async function confirmed(attachment_id: string, more: object = {}): Promise<Attachment> {
    const answer = await confirm(attachment_id, more);
    expect([answer.status, await answer.clone().json()]).toMatchObject([200, {}]);
    return Attachment.strict().parse(await answer.json());
  }

  async function sent(request: object = {}, asking: Asking = {}): Promise<PresignedAttachment> {
    const presigned = await presign(request, asking);
    expect(await send(presigned)).toBe(204);
    return presigned;
  }

  const isThere = (key: string) =>
    store.stat(key).then(
      () => true,
      () => false,
    );
  const reserved = async () => (await ledger.query('select id from upload_reservations')).length;

  async function expectVerified(id: string, bytes: Buffer): Promise<void> {
    await eventually(async () => {
      const record = FileRecord.parse(await (await ask('GET', `/files/${id}/metadata`)).json());
      expect(record).toMatchObject({ sha256: sha256(bytes), status: 'archived', local: false, sync_error: null });
    });
    const answer = await ask('GET', `/files/${id}`);
    expect(answer.headers.get('ETag')).toBe(`"${sha256(bytes)}"`);
    expect(await sha256Of(answer)).toBe(sha256(bytes));
  }

  test('is presigned, sent, confirmed, read at once, and verified when it was read', async () => {
    const { attachment_id: id, ...presigned } = await presign({ size_bytes: png.length, message_id: 'm-1' });
    expect(presigned).toMatchObject({ max_size_bytes: png.length, fields: { key: `pending/${id}` } });
    expect(await reserved()).toBe(1);
    expect((await problemOf(await confirm(id))).code).toBe('upload_missing');
    expect((await problemOf(await ask('GET', `/attachments/${id}`))).code).toBe('upload_missing');
    expect(await send({ attachment_id: id, ...presigned })).toBe(204);
    const attachment = await confirmed(id);
    expect(attachment).toMatchObject({
      ...{ id, user_id: owner, message_id: 'm-1', filename: 'фото.png', content_type: 'image/png' },
      ...{ size_bytes: png.length, sha256: null, storage_key: store.keyFor(id), metadata: {} },
    });
    const bytes = await ask('GET', `/files/${id}`);
    expect([bytes.status, bytes.headers.get('X-Wharf-Source')]).toEqual([200, 'cloud']);
    expect(await sha256Of(bytes)).toBe(sha256(png));
    expect(await reserved()).toBe(0);
    expect(await isThere(`pending/${id}`)).toBe(false);
    await expectVerified(id, png);
    const direct = await fetch(attachment.download_url, kind === 'S3' ? {} : { headers: headersOf(owner) });
    expect([direct.status, await sha256Of(direct)]).toEqual([200, sha256(png)]);
    const atCdn = Attachment.parse(await (await ask('GET', `/attachments/${id}`, { gateway: 1 })).json());
    expect(atCdn.download_url).toBe(`https://cdn.example.org/b/${attachment.storage_key}`);
    const known = Attachment.parse(await (await ask('GET', `/attachments/${id}`)).json());
    expect(known).toMatchObject({ sha256: sha256(png), message_id: 'm-1' });
    expect(await store.stat(store.keyFor(id))).toMatchObject({ uid: id, sha256: sha256(png) });
    expect(events.of('file.stored', id)).toMatchObject([{ data: { local_path: null, sha256: null } }]);
    expect(events.of('file.synced', id)).toMatchObject([{ data: { sha256: sha256(png) } }]);
    expect(events.invalid).toEqual([]);
  });

  test('is confirmed twice with the same answer, and named by a message then', async () => {
    const { attachment_id: id } = await sent();
    const { download_url: _, sha256: __, ...first } = await confirmed(id);
    expect(first.message_id).toBeNull();
    expect(await confirmed(id)).toMatchObject(first);
    expect(await confirmed(id, { message_id: 'm-2' })).toMatchObject({ ...first, message_id: 'm-2' });
    expect(await confirmed(id)).toMatchObject({ message_id: 'm-2' });
  });

  test('many confirmations at a time make one file', async () => {
    const { attachment_id: id } = await sent();
    const answers = await Promise.all(Array.from({ length: 6 }, () => confirm(id)));
    // An attempt that finds the object on its way is asked to come again.
    for (const { status } of answers) expect([200, 409, 503]).toContain(status);
    expect(answers.map(({ status }) => status)).toContain(200);
    await confirmed(id);
    await expectVerified(id, png);
    expect(events.of('file.stored', id)).toHaveLength(1);
  });

  test('under one Idempotency-Key there is one of it', async () => {
    const headers = { 'Idempotency-Key': `k-${Date.now()}` };
    const first = await presign({}, { headers });
    expect(await presign({}, { headers, gateway: 0 })).toEqual(first);
    const other = await ask('POST', '/attachments/presigned', {
      headers,
      body: { filename: 'b.png', content_type: 'image/png' },
    });
    expect((await problemOf(other)).code).toBe('idempotency_mismatch');
    expect(await send(first)).toBe(204);
    const [one, again] = [
      await confirm(first.attachment_id, {}, { headers: { 'Idempotency-Key': `c-${Date.now()}` } }),
      await confirm(first.attachment_id),
    ];
    expect([one.status, again.status]).toEqual([200, 200]);
  });

  test('of somebody else does not exist', async () => {
    const { attachment_id: id } = await sent();
    const acts = [
      () => confirm(id, {}, { as: stranger }),
      () => ask('GET', `/attachments/${id}`, { as: stranger }),
      () => ask('DELETE', `/attachments/${id}`, { as: stranger }),
    ];
    for (const act of acts) expect((await problemOf(await act())).code).toBe('file_not_found');
    await confirmed(id, { message_id: 'secret' });
    for (const act of acts) expect((await problemOf(await act())).code).toBe('file_not_found');
    expect((await ask('GET', `/files/${id}`, { as: stranger })).status).toBe(404);
    const page = await ask('GET', '/attachments?message_id=secret', { as: stranger });
    expect(AttachmentPage.parse(await page.json()).attachments).toEqual([]);
  });

  test('those of a message are listed page by page', async () => {
    const message_id = `m-${Date.now()}`;
    const ids: string[] = [];
    for (let count = 0; count < 3; count++) {
      const { attachment_id: id } = await sent({ message_id });
      await confirmed(id);
      ids.push(id);
    }
    const page = async (query: string) =>
      AttachmentPage.strict().parse(await (await ask('GET', `/attachments?message_id=${message_id}${query}`)).json());
    const first = await page('&limit=2');
    expect(first.attachments.map(({ id }) => id)).toEqual(ids.slice(0, 2));
    const second = await page(`&limit=2&cursor=${first.next_cursor}`);
    expect([second.attachments.map(({ id }) => id), second.next_cursor]).toEqual([ids.slice(2), null]);
    expect((await problemOf(await ask('GET', '/attachments?massage_id=a'))).code).toBe('invalid_request');
  });

  test('is judged by its object: what was refused is gone, and may be sent anew', async () => {
    const presigned = await presign({ content_type: 'image/png' }, { gateway: 1 });
    const { attachment_id: id } = presigned;
    const html = Buffer.from('<!DOCTYPE html><html><script>alert(1)</script></html>');
    expect(await send(presigned, html)).toBe(204);
    expect((await problemOf(await confirm(id, {}, { gateway: 1 }))).code).toBe('content_type_not_allowed');
    for (const key of [`pending/${id}`, store.keyFor(id)]) expect(await isThere(key)).toBe(false);
    expect((await problemOf(await confirm(id))).code).toBe('upload_missing');
    expect(await send(presigned)).toBe(204);
    expect(await confirmed(id)).toMatchObject({ content_type: 'image/png' });
  });

  test('is refused before it is sent where it is too large, of a wrong type, or beyond the quota', async () => {
    const refused = async (request: object, gateway = 0) =>
      (await problemOf(await ask('POST', '/attachments/presigned', { gateway, body: request }))).code;
    const image = { filename: 'a.png', content_type: 'image/png' };
    expect(await refused({ ...image, size_bytes: 1e12 })).toBe('file_too_large');
    expect(await refused({ ...image, content_type: 'text/html' }, 1)).toBe('content_type_not_allowed');
    expect(await refused({ ...image, size_bytes: 200_000 })).toBe('quota_exceeded');
    expect(await refused({ ...image, size: 1 })).toBe('invalid_request');
    expect(await refused({ content_type: 'image/png' })).toBe('invalid_request');
    expect(await refused({ ...image, content_type: 'png' })).toBe('invalid_request');
    expect((await problemOf(await ask('GET', '/attachments/confirm'))).code).toBe('method_not_allowed');
  });

  test('above 5 GB comes in parts, where the store takes no form of that size', async () => {
    const { attachment_id: id, ...presigned } = await presign({ size_bytes: 6_000_000_000 }, { gateway: 2 });
    if (kind === 'directory') {
      expect(Object.keys(presigned).sort()).toEqual(['expires_at', 'fields', 'max_size_bytes', 'url']);
      return;
    }
    expect([presigned.part_size_bytes, presigned.url, presigned.fields]).toEqual([67_108_864, undefined, undefined]);
    expect(presigned.parts).toHaveLength(Math.ceil(6_000_000_000 / 67_108_864));
    const [part] = presigned.parts ?? [];
    expect((await fetch(part?.url ?? '', { method: 'PUT', body: 'some of it' })).status).toBe(200);
    expect((await problemOf(await confirm(id))).code).toBe('upload_missing');
    expect((await ask('DELETE', `/attachments/${id}`)).status).toBe(204);
    expect((await fetch(part?.url ?? '', { method: 'PUT', body: 'more of it' })).status).toBe(404);
  });

  test('is sent once more after its confirmation: the file stays what it was, and the rest is removed', async () => {
    const presigned = await sent({}, { gateway: 1 });
    const { attachment_id: id } = presigned;
    await confirmed(id, { message_id: 'm' });
    await expectVerified(id, png);
    const status = await send(presigned, Buffer.concat([png, png]));
    expect(status).toBe(kind === 'S3' ? 204 : 409);
    await expectVerified(id, png);
    const janitor = await wharf.start('janitor');
    await eventually(async () => expect(await isThere(`pending/${id}`)).toBe(false), { timeoutMs: 40_000 });
    await janitor.close();
    await expectVerified(id, png);
  });

  test('whose object is replaced after its confirmation is noticed, and never verified', async () => {
    await wharf.stop('cloud-sync');
    const { attachment_id: id } = await sent();
    const { storage_key: key } = await confirmed(id);
    const other = await presign({}, { gateway: 1 });
    expect(await send(other, Buffer.concat([png.subarray(0, -1), Buffer.from('x')]))).toBe(204);
    const { etag } = await store.stat(`pending/${other.attachment_id}`);
    await store.direct.accept(`pending/${other.attachment_id}`, key, { uid: id, etag, contentType: 'image/png' });
    await wharf.start('cloud-sync');
    await eventually(() => expect(events.of('file.sync_failed', id)).toHaveLength(1));
    await eventually(async () => {
      const record = FileRecord.parse(await (await ask('GET', `/files/${id}/metadata`)).json());
      const sync_error = expect.stringMatching(/digest_mismatch/);
      expect(record).toMatchObject({ sha256: null, status: 'stored', sync_error });
    });
  });

  test.each(['attachment.accepted', 'attachment.recorded'])(
    'an attempt to confirm that died at %s is finished by the next',
    async (point) => {
      const { attachment_id: id } = await sent();
      armFaults(`${point}:error`);
      expect((await confirm(id)).status).toBe(500);
      await confirmed(id);
      await expectVerified(id, png);
      expect(events.of('file.stored', id)).toHaveLength(1);
      expect(await ledger.query(`select id from upload_reservations where id = '${id}'`)).toEqual([]);
    },
  );

  test('is verified by the next delivery where cloud-sync died before its announcement', async () => {
    const { attachment_id: id } = await sent();
    armFaults('cloud_sync.attachment_marked:error');
    await confirmed(id);
    await expectVerified(id, png);
    expect(events.of('file.synced', id)).toHaveLength(1);
  });

  test('is deleted before and after its confirmation, and again', async () => {
    const before = await sent();
    const after = await sent();
    await confirmed(after.attachment_id);
    for (const { attachment_id: id } of [before, after]) {
      expect((await ask('DELETE', `/attachments/${id}`)).status).toBe(204);
      expect((await ask('DELETE', `/attachments/${id}`)).status).toBe(204);
      expect((await problemOf(await ask('GET', `/attachments/${id}`))).code).toBe('file_not_found');
      expect((await problemOf(await confirm(id))).code).toBe('file_not_found');
      expect(await isThere(`pending/${id}`)).toBe(false);
      await eventually(async () => expect(await isThere(store.keyFor(id))).toBe(false));
    }
    expect(await ledger.query(`select id from upload_reservations where id = '${before.attachment_id}'`)).toEqual([]);
    expect((await ask('DELETE', '/attachments/01936f2e-8a3b-7c4d-9e5f-0123456789ab')).status).toBe(404);
  });

  test('lost confirmations, what never came and what nobody claims: the janitor finishes all of it', async () => {
    const asking = { gateway: 1 };
    const lost = await sent({ message_id: 'm' }, asking);
    const never = await presign({}, asking);
    const refused = await presign({}, asking);
    expect(await send(refused, randomBytes(500))).toBe(204);
    const orphan = await sent({}, asking);
    expect((await confirm(orphan.attachment_id)).status).toBe(200);
    const dead = await sent({}, asking);
    armFaults('attachment.accepted:error');
    expect((await confirm(dead.attachment_id, {}, { gateway: 1 })).status).toBe(500);
    armFaults('janitor.attachment_removed:error');
    await wharf.start('janitor', { ATTACHMENT_ORPHAN_AGE: '7s' });

    await eventually(async () => expect((await ask('GET', `/attachments/${lost.attachment_id}`)).status).toBe(200), {
      timeoutMs: 30_000,
    });
    await expectVerified(lost.attachment_id, png);
    for (const { attachment_id: id } of [never, refused]) {
      await eventually(
        async () => expect(await ledger.query(`select id from attachments where id = '${id}'`)).toEqual([]),
        {
          timeoutMs: 30_000,
        },
      );
      for (const key of [`pending/${id}`, store.keyFor(id)]) expect(await isThere(key)).toBe(false);
    }
    await eventually(() => expect(events.of('file.deleted', orphan.attachment_id)).toHaveLength(1), {
      timeoutMs: 40_000,
    });
    const [announced] = events.of('file.orphaned', orphan.attachment_id);
    const [deleted] = events.of('file.deleted', orphan.attachment_id);
    expect(Date.parse(announced?.time ?? '')).toBeLessThan(Date.parse(deleted?.time ?? ''));
    await eventually(async () => expect(await isThere(store.keyFor(orphan.attachment_id))).toBe(false));
    expect((await ask('GET', `/attachments/${dead.attachment_id}`)).status).not.toBe(409);
    expect((await ask('GET', `/attachments/${lost.attachment_id}`)).status).toBe(200);
    await eventually(
      async () => {
        for await (const { key } of store.list({ prefix: 'pending/' })) throw new Error(`${key} is left`);
      },
      { timeoutMs: 40_000 },
    );
    expect(events.invalid).toEqual([]);
  });
});
