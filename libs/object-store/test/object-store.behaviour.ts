import { randomUUID } from 'node:crypto';
import { truncate } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '@wharf/test-kit';
import type { ListedObject, ObjectStore, UnfinishedUpload } from '../src/object-store.js';
import { bytesOf, Sources } from './sources.js';

export interface StoreUnderTest {
  store: ObjectStore;
  /** The same store with the part size of a default configuration. */
  bulk: ObjectStore;
  /** The same kind of store where nothing is, or nobody answers. */
  unreachable: ObjectStore;
  /** Names of what unfinished copies left behind. */
  leftovers(): Promise<string[]>;
  /** Leaves an unfinished copy of a file behind, as a process does that is killed. */
  beginCopy(uid: string): Promise<void>;
  /** An object that another program put there, without metadata. */
  putForeign(key: string, text: string): Promise<void>;
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
        const { uid, sha256 } = source;
        expect(stat).toMatchObject({ sizeBytes, uid, sha256, etag: expect.any(String) });
        const { modifiedAt, ...told } = await store.stat(key);
        expect(stat).toMatchObject(told);
        for (const time of [stat.modifiedAt, modifiedAt])
          expect(Math.abs(Date.now() - time.getTime())).toBeLessThan(20_000);
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
      const { modifiedAt, ...first } = await store.put(key, source);
      expect(await store.put(key, source)).toMatchObject(first);
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

    test('of a large file with another digest is digest_mismatch, and nothing is left', async () => {
      const source = await sources.random(3 * smallFile, { sha256: 'b'.repeat(64) });
      const key = store.keyFor(source.uid);
      await expect(store.put(key, source)).rejects.toMatchObject({ code: 'digest_mismatch' });
      await expect(store.stat(key)).rejects.toMatchObject({ code: 'file_not_found' });
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

  describe('a list', () => {
    test('holds every object once, in the order of the keys, and nothing else', async () => {
      const copies = await Promise.all(Array.from({ length: 20 }, (_, index) => sources.random(index * 10)));
      for (const copy of copies) await store.put(store.keyFor(copy.uid), copy);
      const [removed] = copies.splice(7, 1);
      await store.remove(store.keyFor(removed?.uid ?? ''));
      await subject.beginCopy(randomUUID());
      const listed = await collect(store.list());
      const keys = listed.map((object) => object.key);
      expect(keys).toEqual([...new Set(keys)].sort());
      expect(keys).not.toContain(store.keyFor(removed?.uid ?? ''));
      for (const { uid, sizeBytes } of copies) {
        const { modifiedAt, ...found } = listed.find(({ key }) => key === store.keyFor(uid)) as ListedObject;
        expect(found).toEqual({ key: store.keyFor(uid), sizeBytes });
        expect(Math.abs(Date.now() - modifiedAt.getTime())).toBeLessThan(60_000);
      }
      for (const key of keys) expect(key).toMatch(/^files\//);
    }, 30_000);

    test('of a prefix holds what is under it', async () => {
      const source = await sources.random(10);
      const key = `elsewhere/one/${store.keyFor(source.uid)}`;
      await store.put(key, source);
      await store.put(`elsewhere/one-more/${store.keyFor(source.uid)}`, source);
      expect((await collect(store.list({ prefix: 'elsewhere/one/' }))).map((object) => object.key)).toEqual([key]);
      expect(await collect(store.list({ prefix: 'nowhere/' }))).toEqual([]);
    });
  });

  describe('a move', () => {
    const newKey = (uid: string) => `quarantine/a-run/${store.keyFor(uid)}`;

    test.each([0, 100, 9_000_000])('of %d bytes takes bytes and metadata along', async (sizeBytes) => {
      const source = await sources.random(sizeBytes);
      const key = store.keyFor(source.uid);
      await store.put(key, source);
      await store.move(key, newKey(source.uid));
      await expect(store.stat(key)).rejects.toMatchObject({ code: 'file_not_found' });
      const { uid, sha256 } = source;
      expect(await store.stat(newKey(uid))).toMatchObject({ sizeBytes, uid, sha256 });
      expect((await bytesOf(await store.read(newKey(uid)))).equals(source.bytes)).toBe(true);

      await store.move(newKey(uid), key);
      expect(await store.stat(key)).toMatchObject({ sizeBytes, uid, sha256 });
      expect((await bytesOf(await store.read(key))).equals(source.bytes)).toBe(true);
      await expect(store.stat(newKey(uid))).rejects.toMatchObject({ code: 'file_not_found' });
      expect(await collect(store.list({ prefix: 'quarantine/' }))).toEqual([]);
    });

    test('of an object that another program wrote adds nothing to it', async () => {
      const uid = randomUUID();
      await subject.putForeign(store.keyFor(uid), 'hello');
      await store.move(store.keyFor(uid), newKey(uid));
      expect(await store.stat(newKey(uid))).toMatchObject({ sizeBytes: 5, uid: null, sha256: null });
      await store.remove(newKey(uid));
    });

    test('never replaces other bytes', async () => {
      const source = await sources.random(50);
      const other = await sources.random(50, { uid: source.uid });
      const key = store.keyFor(source.uid);
      await store.put(key, source);
      await store.put(newKey(source.uid), other);
      await expect(store.move(key, newKey(source.uid))).rejects.toMatchObject({ code: 'conflict' });
      expect((await store.stat(key)).sha256).toBe(source.sha256);
      expect((await store.stat(newKey(source.uid))).sha256).toBe(other.sha256);
      await store.remove(newKey(source.uid));
    });

    test.each([50, 9_000_000])(
      'of %d bytes that was cut off is finished, and one that was done stays done',
      async (size) => {
        const source = await sources.random(size);
        const key = store.keyFor(source.uid);
        for (const each of [key, newKey(source.uid)]) await store.put(each, source);
        await store.move(key, newKey(source.uid));
        await store.move(key, newKey(source.uid));
        await expect(store.stat(key)).rejects.toMatchObject({ code: 'file_not_found' });
        expect((await bytesOf(await store.read(newKey(source.uid)))).equals(source.bytes)).toBe(true);
        await store.remove(newKey(source.uid));
      },
    );

    test('of nothing is file_not_found', async () => {
      const uid = randomUUID();
      await expect(store.move(store.keyFor(uid), newKey(uid))).rejects.toMatchObject({ code: 'file_not_found' });
    });
  });

  describe('an unfinished copy', () => {
    const begun = async () => {
      const uid = randomUUID();
      await subject.beginCopy(uid);
      return eventually(async () => {
        const found = (await collect(store.unfinishedUploads(0))).find(({ key }) => key.includes(uid));
        if (!found) throw new Error('the copy is not listed');
        return found;
      });
    };
    const listed = async (olderThanMs: number, { uploadId }: UnfinishedUpload) =>
      (await collect(store.unfinishedUploads(olderThanMs))).some((upload) => upload.uploadId === uploadId);

    test('is found once nobody has touched it for so long, and dropped on request', async () => {
      const upload = await begun();
      expect(await listed(60_000, upload)).toBe(false);
      expect(Math.abs(Date.now() - upload.touchedAt.getTime())).toBeLessThan(60_000);
      await store.abortUpload(upload);
      await store.abortUpload(upload);
      expect(await listed(0, upload)).toBe(false);
    });

    test('of another file stays', async () => {
      const [one, other] = [await begun(), await begun()];
      await store.abortUpload(one);
      expect(await listed(0, other)).toBe(true);
      await store.abortUpload(other);
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
      list: (away) => collect(away.list()),
      move: (away) => away.move(key, `quarantine/${key}`),
      'list of unfinished copies': (away) => collect(away.unfinishedUploads(0)),
      'small put': async (away) => away.put(key, await sources.random(10)),
      'large put': async (away) => away.put(key, await sources.random(9 * mebibyte)),
    };
    test.concurrent.each(Object.keys(work))(
      '%s',
      async (name) => {
        await expect(work[name]?.(subject.unreachable)).rejects.toMatchObject({ code: 'unavailable' });
      },
      5_000,
    );
  });
}

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const collected: Item[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}
