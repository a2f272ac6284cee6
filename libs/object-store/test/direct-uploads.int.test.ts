import { randomUUIDv7 } from 'node:crypto';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { AppError } from '@wharf/service-kit';

import type { PresignedForm } from '../src/direct-uploads.js';
import { DirectoryStore } from '../src/directory.store.js';
import { S3Store } from '../src/s3.store.js';
import { describeDirectUploads } from './direct-uploads.behaviour.js';
import { TestBucket } from './s3-for-tests.js';
import { bytesOf } from './sources.js';

async function post({ fields, url = '' }: PresignedForm, bytes: Buffer): Promise<number> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append('file', new Blob([new Uint8Array(bytes)]), 'photo.png');
  const answer = await fetch(url, { method: 'POST', body: form });
  await answer.text();
  return answer.status;
}

const statuses: Partial<Record<string, number>> = {
  invalid_request: 400,
  forbidden: 403,
  conflict: 409,
  file_too_large: 413,
};

async function giveToDoor({ formDoor }: DirectoryStore, { fields }: PresignedForm, bytes: Buffer): Promise<number> {
  try {
    const object = await formDoor.open(fields);
    try {
      await object.write(bytes);
      await object.finish();
    } catch (error) {
      await object.discard();
      throw error;
    }
    return 204;
  } catch (error) {
    return statuses[error instanceof AppError ? error.code : ''] ?? 500;
  }
}

describe('S3', () => {
  describeDirectUploads(async () => {
    const bucket = new TestBucket();
    return { store: new S3Store(bucket.options), send: post, destroy: () => bucket.destroy() };
  });

  test('a form goes to the address at which clients reach the server', async () => {
    const { options } = new TestBucket();
    const publicUrl = 'https://s3.example.org:8443';
    const store = new S3Store({ ...options, publicUrl });
    const upload = { key: 'pending/a', contentType: 'a/b', maxBytes: 9, expiresAt: new Date('2099-01-01') };
    expect((await store.direct.presignForm(upload)).url).toBe(`${publicUrl}/${options.bucket}`);
    await store.close();
  });

  describe('an object in presigned parts', () => {
    const bucket = new TestBucket();
    const store = new S3Store({ ...bucket.options, maxCopyBytes: 6 * 1024 * 1024 });
    const partSizeBytes = 5 * 1024 * 1024;
    const sizeBytes = partSizeBytes + 2 * 1024 * 1024;

    beforeAll(() => store.prepare());
    afterAll(async () => {
      await store.close();
      await bucket.destroy();
    });

    async function presigned() {
      const uid = randomUUIDv7();
      const key = `pending/${uid}`;
      const upload = { key, contentType: 'video/mp4', maxBytes: sizeBytes, expiresAt: new Date(Date.now() + 60_000) };
      const presign = () => store.direct.presignParts(upload, { sizeBytes, partSizeBytes });
      return { uid, key, presign, parts: (await presign()) ?? [] };
    }
    const put = (url: string | undefined, size: number, byte: string) =>
      fetch(url ?? '', { method: 'PUT', body: new Uint8Array(Buffer.alloc(size, byte)) });

    test('is made once all of them have come, and given its own key in parts', async () => {
      const { key, parts, uid } = await presigned();
      expect(parts).toHaveLength(2);
      expect((await put(parts[1]?.url, sizeBytes - partSizeBytes, 'b')).status).toBe(200);
      await expect(store.direct.completeParts(key, sizeBytes)).rejects.toMatchObject({ code: 'upload_missing' });
      expect((await put(parts[0]?.url, partSizeBytes, 'a')).status).toBe(200);
      await store.direct.completeParts(key, sizeBytes);
      await store.direct.completeParts(key, sizeBytes);
      const { etag } = await store.stat(key);
      const own = store.keyFor(uid);
      const accepted = await store.direct.accept(key, own, { uid, etag, sizeBytes, contentType: 'video/mp4' });
      expect(accepted).toMatchObject({ uid, sizeBytes, sha256: null });
      const bytes = await bytesOf(await store.read(own));
      expect([bytes.length, bytes.at(0), bytes.at(-1)]).toEqual([sizeBytes, 97, 98]);
      const wrong = store.direct.accept(key, own, { uid, etag: '0'.repeat(32), sizeBytes, contentType: 'video/mp4' });
      await expect(wrong).rejects.toMatchObject({ code: 'conflict' });
    }, 30_000);

    test('asked again continues the same upload, and leaves nothing once it is given up', async () => {
      const { key, parts, presign } = await presigned();
      await put(parts[0]?.url, partSizeBytes, 'a');
      const again = (await presign()) ?? [];
      await put(again[1]?.url, sizeBytes - partSizeBytes, 'b');
      await store.direct.abortParts(key);
      await store.direct.completeParts(key, sizeBytes);
      await expect(store.stat(key)).rejects.toMatchObject({ code: 'file_not_found' });
      expect(await bucket.unfinishedUploads()).toEqual([]);
    }, 30_000);
  });
});

describe('directory store', () => {
  describeDirectUploads(async () => {
    const root = await mkdtemp(path.join(tmpdir(), 'wharf-direct-'));
    const store = new DirectoryStore({ root });
    const send = (form: PresignedForm, bytes: Buffer) => giveToDoor(store, form, bytes);
    return { store, send, destroy: () => rm(root, { recursive: true }) };
  });

  test('a form is taken once, also by two that come at the same time, and its key is known to every gateway', async () => {
    const root = await mkdtemp(path.join(tmpdir(), 'wharf-direct-'));
    const [one, other] = [new DirectoryStore({ root }), new DirectoryStore({ root })];
    await one.prepare();
    const upload = {
      key: `pending/${randomUUIDv7()}`,
      contentType: 'a/b',
      maxBytes: 9,
      expiresAt: new Date('2099-01-01'),
    };
    const form = await one.direct.presignForm(upload);
    const all = await Promise.all([one, other, one].map((store) => giveToDoor(store, form, Buffer.from('hello'))));
    expect(all.toSorted()).toEqual([204, 409, 409]);
    expect(await giveToDoor(other, form, Buffer.from('again'))).toBe(409);
    expect((await bytesOf(await other.read(upload.key))).toString()).toBe('hello');
    expect((await stat(path.join(root, 'form.key'))).mode & 0o777).toBe(0o600);
    await rm(root, { recursive: true });
  });
});
