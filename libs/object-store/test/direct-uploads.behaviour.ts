import { createHash, randomUUIDv7 } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import type { PresignedForm } from '../src/direct-uploads.js';
import type { ObjectStore } from '../src/object-store.js';
import { bytesOf } from './sources.js';

export interface DirectStore {
  store: ObjectStore;
  /** Sends the form as a client does. Resolves to an HTTP status: of the server, or of what the door throws. */
  send(form: PresignedForm, bytes: Buffer): Promise<number>;
  destroy(): Promise<void>;
}

const type = 'image/png';
const hello = Buffer.from('hello, harbour');

/** What every store does with objects that clients send themselves. */
export function describeDirectUploads(open: () => Promise<DirectStore>): void {
  let subject: DirectStore;
  let store: ObjectStore;

  beforeAll(async () => {
    subject = await open();
    store = subject.store;
    await store.prepare();
  }, 30_000);

  afterAll(async () => {
    await store.close();
    await subject.destroy();
  }, 30_000);

  async function presigned({ maxBytes = 100, lifetimeMs = 60_000 } = {}) {
    const uid = randomUUIDv7();
    const key = `pending/${uid}`;
    const expiresAt = new Date(Date.now() + lifetimeMs);
    const form = await store.direct.presignForm({ key, contentType: type, maxBytes, expiresAt });
    return { uid, key, form };
  }

  async function sent() {
    const one = await presigned();
    expect(await subject.send(one.form, hello)).toBeLessThan(300);
    return { ...one, etag: (await store.stat(one.key)).etag };
  }

  describe('a presigned form', () => {
    test('brings the object that it names, and is read back as it was sent', async () => {
      const { key } = await sent();
      expect((await bytesOf(await store.read(key))).equals(hello)).toBe(true);
    });

    test.each([
      ['nothing', 0],
      ['as many bytes as it may', 100],
    ])('takes %s', async (_, size) => {
      const { form, key } = await presigned();
      expect(await subject.send(form, Buffer.alloc(size, 'a'))).toBeLessThan(300);
      expect((await store.stat(key)).sizeBytes).toBe(size);
    });

    const altered: [string, (fields: Record<string, string>) => Record<string, string>][] = [
      ['another key', (fields) => ({ ...fields, key: `pending/${randomUUIDv7()}` })],
      ['a key outside of its folder', (fields) => ({ ...fields, key: `files/aa/bb/${randomUUIDv7()}` })],
      ['another type', (fields) => ({ ...fields, 'Content-Type': 'text/html' })],
      ['a policy that was altered', (fields) => ({ ...fields, policy: widened(fields.policy as string) })],
      ['another signature', (fields) => ({ ...fields, 'x-amz-signature': 'f'.repeat(64) })],
      ['a field that the policy does not know', (fields) => ({ ...fields, 'x-amz-meta-sha256': 'a'.repeat(64) })],
      ['no signature', ({ 'x-amz-signature': _, ...fields }) => fields],
      ['no key', ({ key: _, ...fields }) => fields],
      ['no type', ({ 'Content-Type': _, ...fields }) => fields],
    ];
    test.each(altered)('is refused with %s', async (_, alter) => {
      const { form, key } = await presigned();
      const fields = alter(form.fields);
      const status = await subject.send({ ...form, fields }, hello);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
      for (const each of [key, fields.key ?? key]) await expectNothing(each);
    });

    test('is refused with one byte more than it may', async () => {
      const { form, key } = await presigned();
      expect([400, 413]).toContain(await subject.send(form, Buffer.alloc(101)));
      await expectNothing(key);
    });

    test('is refused once it has expired', async () => {
      const { form, key } = await presigned({ lifetimeMs: -1000 });
      expect(await subject.send(form, hello)).toBe(403);
      await expectNothing(key);
    });
  });

  describe('an object that was sent', () => {
    test('is given its own key, and says its uid and no digest until it is marked', async () => {
      const { etag, key, uid } = await sent();
      const own = store.keyFor(uid);
      const accepted = await store.direct.accept(key, own, { uid, etag, sizeBytes: hello.length, contentType: type });
      expect(accepted).toMatchObject({ uid, sha256: null, sizeBytes: hello.length });
      expect((await bytesOf(await store.read(own))).equals(hello)).toBe(true);
      const sha256 = createHash('sha256').update(hello).digest('hex');
      const marked = await store.direct.mark(own, { uid, sha256, etag: accepted.etag, contentType: type });
      expect(marked).toMatchObject({ uid, sha256, sizeBytes: hello.length });
      expect(await store.stat(own)).toMatchObject({ uid, sha256 });
    });

    test.each([
      [4, 'hell'],
      [100, 'hello, harbour'],
    ])('is seen with the first %i of its bytes', async (bytes, head) => {
      const { etag, key } = await sent();
      const seen = await store.direct.look(key, bytes);
      expect(seen.object).toMatchObject({ etag, sizeBytes: hello.length, sha256: null });
      expect(seen.head.toString()).toBe(head);
    });

    test('is seen though it has no bytes', async () => {
      const { form, key } = await presigned();
      expect(await subject.send(form, Buffer.alloc(0))).toBeLessThan(300);
      expect(await store.direct.look(key, 100)).toMatchObject({ object: { sizeBytes: 0 }, head: Buffer.alloc(0) });
    });

    test('is not accepted in the place of another one', async () => {
      const { key, uid } = await sent();
      const expected = { uid, etag: '0'.repeat(32), sizeBytes: hello.length, contentType: type };
      await expect(store.direct.accept(key, store.keyFor(uid), expected)).rejects.toMatchObject({ code: 'conflict' });
      await expectNothing(store.keyFor(uid));
    });

    test('that is missing is neither seen, accepted nor marked', async () => {
      const uid = randomUUIDv7();
      await expect(store.direct.look(`pending/${uid}`, 10)).rejects.toMatchObject({ code: 'file_not_found' });
      const expected = { uid, etag: 'a', sizeBytes: hello.length, contentType: type };
      const own = store.keyFor(uid);
      await expect(store.direct.accept(`pending/${uid}`, own, expected)).rejects.toMatchObject({
        code: 'file_not_found',
      });
      await expect(store.direct.mark(own, { ...expected, sha256: 'a'.repeat(64) })).rejects.toMatchObject({
        code: 'file_not_found',
      });
    });
  });

  async function expectNothing(key: string): Promise<void> {
    await expect(store.stat(key)).rejects.toMatchObject({ code: 'file_not_found' });
  }
}

/** The same policy for more bytes, as somebody without the key would write it. */
function widened(policy: string): string {
  const text = Buffer.from(policy, 'base64').toString().replace('0,100', '0,999');
  return Buffer.from(text).toString('base64');
}
