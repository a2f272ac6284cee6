import { hash, randomUUID } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { objectKeyOf } from '@wharf/contracts';
import { eventually } from '@wharf/test-kit';
import { S3Store } from '../src/s3.store.js';
import { describeObjectStore } from './object-store.behaviour.js';
import { TestBucket } from './s3-for-tests.js';
import { bytesOf, Sources } from './sources.js';

describe('S3 store', () => {
  describeObjectStore(async () => {
    const place = new TestBucket();
    return {
      store: new S3Store(place.options),
      bulk: new S3Store({ ...place.options, partSizeBytes: 64 * 1024 * 1024 }),
      unreachable: new S3Store({ ...place.options, endpointUrl: 'http://127.0.0.1:1' }),
      leftovers: () => place.unfinishedUploads(),
      beginCopy: async (uid) => {
        await place.beginUpload(objectKeyOf(uid), 1);
      },
      putForeign: (key, text) => place.putForeign(key, text),
      destroy: () => place.destroy(),
    };
  });

  describe('of its own', () => {
    const place = new TestBucket();
    const store = new S3Store(place.options);
    let sources: Sources;

    beforeAll(async () => {
      sources = await Sources.create();
      await store.prepare();
    });

    afterAll(async () => {
      await store.close();
      await place.destroy();
      await sources.destroy();
    });

    test.each([10, 9_000_000])('an object of %d bytes carries its type', async (sizeBytes) => {
      const source = await sources.random(sizeBytes, { contentType: 'image/png' });
      await store.put(store.keyFor(source.uid), source);
      expect(await place.contentType(store.keyFor(source.uid))).toBe('image/png');
    });

    test('a presigned address gives the bytes with the type and the disposition that were asked for', async () => {
      const source = await sources.random(1000);
      const key = store.keyFor(source.uid);
      await store.put(key, source);
      const contentDisposition = `attachment; filename="a b.txt"; filename*=UTF-8''%C3%A4.txt`;
      const address = await store.presignRead(key, {
        lifetimeSeconds: 60,
        contentType: 'text/plain',
        contentDisposition,
      });
      const answer = await fetch(address);
      expect(answer.status).toBe(200);
      expect(answer.headers.get('Content-Type')).toBe('text/plain');
      expect(answer.headers.get('Content-Disposition')).toBe(contentDisposition);
      expect(hash('sha256', Buffer.from(await answer.arrayBuffer()))).toBe(source.sha256);
      const bare = new URL(address);
      bare.search = '';
      expect((await fetch(bare)).status).toBe(403);
    });

    test('an object that is too large for one request is moved in parts', async () => {
      const inParts = new S3Store({ ...place.options, maxCopyBytes: 1024 * 1024 });
      const source = await sources.random(11_000_000, { contentType: 'image/png' });
      const key = store.keyFor(source.uid);
      await inParts.put(key, source);
      await inParts.move(key, `quarantine/${key}`);
      const { uid, sha256, sizeBytes } = source;
      expect(await store.stat(`quarantine/${key}`)).toMatchObject({ sizeBytes, uid, sha256 });
      expect(await place.contentType(`quarantine/${key}`)).toBe('image/png');
      expect(hash('sha256', await bytesOf(await store.read(`quarantine/${key}`)))).toBe(sha256);
      await expect(store.stat(key)).rejects.toMatchObject({ code: 'file_not_found' });
      await inParts.close();
    });

    test('a multipart upload is as old as its newest part', async () => {
      const key = store.keyFor(randomUUID());
      const uploadId = await place.beginUpload(key);
      const listed = async (olderThanMs: number) => {
        for await (const upload of store.unfinishedUploads(olderThanMs)) if (upload.uploadId === uploadId) return true;
        return false;
      };
      await eventually(async () => expect(await listed(2000)).toBe(true));
      await place.sendPart(key, uploadId, 1);
      expect(await listed(2000)).toBe(false);
      await store.abortUpload({ key, uploadId });
    });

    test('addresses for clients name the public origin', async () => {
      const behindProxy = new S3Store({ ...place.options, publicUrl: 'https://files.example.org' });
      const answer = { lifetimeSeconds: 60, contentType: 'text/plain', contentDisposition: 'attachment' };
      const address = new URL(await behindProxy.presignRead('files/x', answer));
      await behindProxy.close();
      expect(address.origin).toBe('https://files.example.org');
      expect(address.searchParams.get('X-Amz-SignedHeaders')).toBe('host');
    });

    test('an object of another program has no uid and no digest', async () => {
      const key = store.keyFor(randomUUID());
      await place.putForeign(key, 'hello');
      expect(await store.stat(key)).toMatchObject({ sizeBytes: 5, uid: null, sha256: null });
    });

    test('prepare by several replicas at once makes one bucket', async () => {
      const another = new TestBucket();
      const replicas = Array.from({ length: 4 }, () => new S3Store(another.options));
      await Promise.all(replicas.map((replica) => replica.prepare()));
      await Promise.all(replicas.map((replica) => replica.probe()));
      await Promise.all(replicas.map((replica) => replica.close()));
      await another.destroy();
    });

    test('a proxy that knows no store behind it is unavailable, and not empty', async () => {
      const stray = http.createServer((_, response) => response.writeHead(404).end('nothing here'));
      await new Promise<void>((resolve) => stray.listen(0, '127.0.0.1', resolve));
      const endpointUrl = `http://127.0.0.1:${(stray.address() as AddressInfo).port}`;
      const wrong = new S3Store({ ...place.options, endpointUrl });
      const key = wrong.keyFor(randomUUID());
      const work = [wrong.stat(key), wrong.read(key), wrong.remove(key), wrong.probe()];
      const outcomes = await Promise.allSettled(work);
      await wrong.close();
      stray.close();
      for (const outcome of outcomes) {
        expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'unavailable' } });
      }
    });

    describe('is unavailable, and not empty, with', () => {
      test.each([
        ['a bucket that is missing', { bucket: `missing-${randomUUID()}` }, 'bucket|NoSuchBucket'],
        ['an unknown access key', { accessKey: 'nobody' }, 'credentials'],
        ['a wrong secret', { secretKey: 'wrong' }, 'credentials'],
      ])('%s', async (_, changes, reason) => {
        const wrong = new S3Store({ ...place.options, ...changes });
        const key = wrong.keyFor(randomUUID());
        const expected = { code: 'unavailable', message: expect.stringMatching(reason) };
        await expect(wrong.probe()).rejects.toMatchObject(expected);
        await expect(wrong.stat(key)).rejects.toMatchObject(expected);
        await expect(wrong.read(key)).rejects.toMatchObject(expected);
        await expect(wrong.remove(key)).rejects.toMatchObject(expected);
        for (const sizeBytes of [10, 9_000_000]) {
          const source = await sources.random(sizeBytes);
          await expect(wrong.put(key, source)).rejects.toMatchObject(expected);
        }
        await wrong.close();
      });
    });
  });
});
