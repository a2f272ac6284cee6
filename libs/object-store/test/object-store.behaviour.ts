import { randomUUID } from 'node:crypto';
import { truncate } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ObjectStore } from '../src/object-store.js';
import { bytesOf, Sources } from './sources.js';

export interface StoreUnderTest {
  store: ObjectStore;
  /** The same store with the part size of a default configuration. */
  bulk: ObjectStore;
  /** The same kind of store where nothing is, or nobody answers. */
  unreachable: ObjectStore;
  /** Names of what unfinished copies left behind. */
  leftovers(): Promise<string[]>;
  destroy(): Promise<void>;
}

const mebibyte = 1024 * 1024;
const smallFile = 8 * mebibyte;

/** What every object store does. `partSizeBytes` of the store under test is 5 MiB where it has parts. */
export function describeObjectStore(open: () => Promise<StoreUnderTest>): void {
  let subject: StoreUnderTest;
  let store: ObjectStore;
  let sources: Sources;

  beforeAll(async () => {
    subject = await open();
    store = subject.store;
    sources = await Sources.create();
    await store.prepare();
  }, 30_000);

  afterAll(async () => {
    for (const each of [subject.store, subject.bulk, subject.unreachable]) await each.close();
    await subject.destroy();
    await sources.destroy();
  }, 30_000);

  describe('a copy', () => {
    test.each([
      ['nothing', 0],
      ['one byte', 1],
      ['10 KB', 10_240],
      ['one part less a byte', 5 * mebibyte - 1],
      ['one part', 5 * mebibyte],
      ['one part and a byte', 5 * mebibyte + 1],
      ['the largest small file', smallFile],
      ['a small file less a byte', smallFile - 1],
      ['a small file and a byte', smallFile + 1],
      ['two whole parts', 10 * mebibyte],
      ['several parts and a byte', 25 * mebibyte + 1],
    ])(
      'of %s comes back as it was',
      async (_, sizeBytes) => {
        const source = await sources.random(sizeBytes);
        const key = store.keyFor(source.uid);
        const stat = await store.put(key, source);
        expect(stat).toEqual({ sizeBytes, uid: source.uid, sha256: source.sha256, etag: expect.any(String) });
        expect(await store.stat(key)).toEqual(stat);
        expect((await bytesOf(await store.read(key))).equals(source.bytes)).toBe(true);
      },
      30_000,
    );

    test('replaces what was there, shorter or longer, small or large', async () => {
      const first = await sources.random(10_240);
      const key = store.keyFor(first.uid);
      for (const sizeBytes of [10_240, 12 * mebibyte, 7, 0]) {
        const next = await sources.random(sizeBytes, { uid: first.uid });
        await store.put(key, next);
        expect((await store.stat(key)).sha256).toBe(next.sha256);
        expect((await bytesOf(await store.read(key))).equals(next.bytes)).toBe(true);
      }
    }, 30_000);

    test('made twice is the same object', async () => {
      const source = await sources.random(100);
      const key = store.keyFor(source.uid);
      expect(await store.put(key, source)).toEqual(await store.put(key, source));
    });

    test('runs beside others', async () => {
      const many = await Promise.all(Array.from({ length: 8 }, (_, index) => sources.random(index * 2 * mebibyte)));
      await Promise.all(many.map((source) => store.put(store.keyFor(source.uid), source)));
      for (const source of many) {
        expect((await bytesOf(await store.read(store.keyFor(source.uid)))).equals(source.bytes)).toBe(true);
      }
    }, 60_000);

    test.each([
      'text/plain; charset=utf-8',
      'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
      'text/плохо',
      'text/x\r\nx-amz-acl: public-read',
      '',
    ])('takes the type %j', async (contentType) => {
      const source = await sources.random(20, { contentType });
      expect((await store.put(store.keyFor(source.uid), source)).sizeBytes).toBe(20);
    });

    test('does not hold the file in memory', async () => {
      const sizeBytes = 300 * mebibyte;
      const source = await sources.sparse(sizeBytes);
      const before = process.memoryUsage().rss;
      let peak = before;
      const watch = setInterval(() => {
        peak = Math.max(peak, process.memoryUsage().rss);
      }, 20);
      await subject.bulk.put(store.keyFor(source.uid), source);
      clearInterval(watch);
      await store.remove(store.keyFor(source.uid));
      // Freed chunks wait for the collector, so the bound is wide; what grows with the file would pass it.
      expect(peak - before).toBeLessThan(160 * mebibyte);
    }, 120_000);
  });

  describe('a copy that cannot be made', () => {
    test('of a missing file is file_not_found', async () => {
      const source = await sources.random(10, { path: `${sources.folder}/missing` });
      await expect(store.put(store.keyFor(source.uid), source)).rejects.toMatchObject({ code: 'file_not_found' });
    });

    test.each([
      [10_240, -1],
      [10_240, 1],
      [smallFile + 1, -1],
      [smallFile + 1, 1],
    ])('of a file of %d bytes that changed by %d is digest_mismatch', async (sizeBytes, change) => {
      const source = await sources.random(sizeBytes);
      const key = store.keyFor(source.uid);
      await truncate(source.path, sizeBytes + change);
      await expect(store.put(key, source)).rejects.toMatchObject({ code: 'digest_mismatch' });
      await expect(store.stat(key)).rejects.toMatchObject({ code: 'file_not_found' });
      expect(await subject.leftovers()).toEqual([]);
    });

    test('of a small file with another digest is digest_mismatch, and the old object stays', async () => {
      const old = await sources.random(50);
      const key = store.keyFor(old.uid);
      await store.put(key, old);
      const changed = await sources.random(50, { uid: old.uid, sha256: 'a'.repeat(64) });
      await expect(store.put(key, changed)).rejects.toMatchObject({ code: 'digest_mismatch' });
      expect((await bytesOf(await store.read(key))).equals(old.bytes)).toBe(true);
      expect((await store.stat(key)).sha256).toBe(old.sha256);
      expect(await subject.leftovers()).toEqual([]);
    });

    test.each([10, 40 * mebibyte])('of %d bytes, abandoned before it began, leaves nothing', async (sizeBytes) => {
      const source = await sources.random(sizeBytes);
      const copy = store.put(store.keyFor(source.uid), source, AbortSignal.abort());
      await expect(copy).rejects.toMatchObject({ code: 'unavailable' });
      await expect(store.stat(store.keyFor(source.uid))).rejects.toMatchObject({ code: 'file_not_found' });
      expect(await subject.leftovers()).toEqual([]);
    });

    test('and is abandoned on the way leaves nothing', async () => {
      const source = await sources.random(60 * mebibyte);
      const abandon = new AbortController();
      const copy = store.put(store.keyFor(source.uid), source, abandon.signal);
      const outcome = expect(copy).rejects.toMatchObject({ code: 'unavailable' });
      while ((await subject.leftovers()).length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      abandon.abort();
      await outcome;
      await expect(store.stat(store.keyFor(source.uid))).rejects.toMatchObject({ code: 'file_not_found' });
      expect(await subject.leftovers()).toEqual([]);
    }, 30_000);
  });

  describe('a range', () => {
    test.each([
      [0, 0],
      [0, 99],
      [10, 20],
      [99, 99],
      [50, 1_000],
      [0, Number.MAX_SAFE_INTEGER],
    ])('%d-%d holds both ends and stops at the end of the object', async (start, end) => {
      const source = await sources.random(100);
      await store.put(store.keyFor(source.uid), source);
      const bytes = await bytesOf(await store.read(store.keyFor(source.uid), { start, end }));
      expect(bytes.equals(source.bytes.subarray(start, end + 1))).toBe(true);
    });

    test('across parts is whole', async () => {
      const source = await sources.random(12 * mebibyte);
      await store.put(store.keyFor(source.uid), source);
      const range = { start: 5 * mebibyte - 3, end: 10 * mebibyte + 3 };
      const bytes = await bytesOf(await store.read(store.keyFor(source.uid), range));
      expect(bytes.equals(source.bytes.subarray(range.start, range.end + 1))).toBe(true);
    });

    test.each([0, 100])('past an object of %d bytes is range_not_satisfiable', async (sizeBytes) => {
      const source = await sources.random(sizeBytes);
      await store.put(store.keyFor(source.uid), source);
      const read = store.read(store.keyFor(source.uid), { start: sizeBytes, end: sizeBytes + 1 });
      await expect(read).rejects.toMatchObject({ code: 'range_not_satisfiable' });
    });
  });

  describe('a read', () => {
    test('may be given up, before a byte or in the middle', async () => {
      const source = await sources.random(20 * mebibyte);
      await store.put(store.keyFor(source.uid), source);
      (await store.read(store.keyFor(source.uid))).destroy();
      (await store.read(store.keyFor(source.uid), { start: 5, end: 9 })).destroy();
      const second = await store.read(store.keyFor(source.uid));
      await new Promise((resolve) => second.once('data', resolve));
      second.destroy();
      expect((await bytesOf(await store.read(store.keyFor(source.uid)))).length).toBe(source.sizeBytes);
    });
  });

  describe('an object that is not there', () => {
    test('has no stat and no bytes, and can be removed', async () => {
      const key = store.keyFor(randomUUID());
      await expect(store.stat(key)).rejects.toMatchObject({ code: 'file_not_found' });
      await expect(store.read(key)).rejects.toMatchObject({ code: 'file_not_found' });
      await expect(store.remove(key)).resolves.toBeUndefined();
    });

    test('any more, because it was removed, is gone', async () => {
      const source = await sources.random(10);
      const key = store.keyFor(source.uid);
      await store.put(key, source);
      await store.remove(key);
      await store.remove(key);
      await expect(store.stat(key)).rejects.toMatchObject({ code: 'file_not_found' });
      await store.put(key, source);
      expect((await store.stat(key)).sha256).toBe(source.sha256);
    });
  });

  test('the path of a record leads back to the key', () => {
    const key = store.keyFor(randomUUID());
    expect(store.keyOf(store.pathOf(key))).toBe(key);
    expect(() => store.keyOf(`another-bucket/${key}`)).toThrow(expect.objectContaining({ code: 'internal' }));
  });

  test('preparing twice keeps what is there', async () => {
    const source = await sources.random(10);
    await store.put(store.keyFor(source.uid), source);
    await store.prepare();
    expect((await store.stat(store.keyFor(source.uid))).sizeBytes).toBe(10);
  });

  test('a store that is there passes the probe', async () => {
    await expect(store.probe()).resolves.toBeUndefined();
  });

  describe('a store that is away is unavailable within 5 s', () => {
    const key = 'files/89/ab/01932c4e-7b1a-7c3d-9e2f-0123456789ab';
    const work: Record<string, (away: ObjectStore) => Promise<unknown>> = {
      probe: (away) => away.probe(),
      stat: (away) => away.stat(key),
      read: (away) => away.read(key),
      'ranged read': (away) => away.read(key, { start: 0, end: 1 }),
      remove: (away) => away.remove(key),
      'small put': async (away) => away.put(key, await sources.random(10)),
      'large put': async (away) => away.put(key, await sources.random(9 * mebibyte)),
    };
    test.each(Object.keys(work))(
      '%s',
      async (name) => {
        await expect(work[name]?.(subject.unreachable)).rejects.toMatchObject({ code: 'unavailable' });
      },
      5_000,
    );
  });
}
