import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { DirectoryStore } from '../src/directory.store.js';
import { describeObjectStore } from './object-store.behaviour.js';
import { Sources } from './sources.js';

const newRoot = () => mkdtemp(path.join(tmpdir(), 'wharf-directory-store-'));

describe('directory store', () => {
  describeObjectStore(async () => {
    const root = await newRoot();
    return {
      store: new DirectoryStore({ root }),
      bulk: new DirectoryStore({ root }),
      unreachable: new DirectoryStore({ root: path.join(root, 'not-mounted') }),
      leftovers: () => readdir(path.join(root, 'incoming')),
      beginCopy: (uid) => writeFile(path.join(root, 'incoming', `${uid}.part`), 'half'),
      putForeign: async (key, text) => {
        await mkdir(path.dirname(path.join(root, key)), { recursive: true });
        await writeFile(path.join(root, key), text);
      },
      destroy: () => rm(root, { recursive: true }),
    };
  });

  describe('of its own', () => {
    let root: string;
    let store: DirectoryStore;
    let sources: Sources;

    beforeEach(async () => {
      root = await newRoot();
      sources = await Sources.create();
      store = new DirectoryStore({ root });
      await store.prepare();
    });

    afterEach(async () => {
      await rm(`${root}.away`, { recursive: true, force: true });
      await rm(root, { recursive: true, force: true });
      await sources.destroy();
    });

    async function stored(sizeBytes: number) {
      const source = await sources.random(sizeBytes);
      const key = store.keyFor(source.uid);
      await store.put(key, source);
      return { source, key, file: path.join(root, key) };
    }

    test('bytes and metadata lie where the documents say', async () => {
      const { source, file } = await stored(10);
      expect((await readFile(file)).equals(source.bytes)).toBe(true);
      expect(JSON.parse(await readFile(`${file}.meta.json`, 'utf8'))).toEqual({
        uid: source.uid,
        sha256: source.sha256,
        size_bytes: 10,
        content_type: 'application/octet-stream',
      });
    });

    test('a copy tells the time that is asked for later, to the millisecond', async () => {
      for (let count = 0; count < 10; count++) {
        const source = await sources.random(100);
        const key = store.keyFor(source.uid);
        expect((await store.put(key, source)).modifiedAt).toEqual((await store.stat(key)).modifiedAt);
      }
    });

    test('metadata whose bytes never came is no object', async () => {
      const { source, key, file } = await stored(10);
      await rm(file);
      await expect(store.stat(key)).rejects.toMatchObject({ code: 'file_not_found' });
      expect((await store.put(key, source)).sha256).toBe(source.sha256);
    });

    test.each([
      ['missing', (file: string) => rm(`${file}.meta.json`)],
      ['half-written', (file: string) => truncate(`${file}.meta.json`, 20)],
      ['of other bytes', (file: string) => writeFile(file, 'other')],
    ])('an object whose metadata is %s claims nothing, and is mended by the next copy', async (_, damage) => {
      const { source, key, file } = await stored(10);
      await damage(file);
      expect(await store.stat(key)).toMatchObject({ uid: null, sha256: null, etag: '' });
      expect((await store.put(key, source)).sha256).toBe(source.sha256);
    });

    test('parts of copies that were killed are removed after a day', async () => {
      const old = path.join(root, 'incoming', 'old');
      await writeFile(old, 'x');
      await utimes(old, new Date(0), new Date(0));
      await writeFile(path.join(root, 'incoming', 'new'), 'x');
      await store.prepare();
      expect(await readdir(path.join(root, 'incoming'))).toEqual(['new']);
    });

    test('a disk that went away loses no object, and nothing is written beneath it', async () => {
      const { source, key } = await stored(10);
      await rename(root, `${root}.away`);
      await mkdir(root);
      const work = [store.stat(key), store.read(key), store.remove(key), store.put(key, source), store.probe()];
      for (const outcome of await Promise.allSettled(work)) {
        expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'unavailable' } });
      }
      expect(await readdir(root)).toEqual([]);
      await rm(root, { recursive: true });
      await rename(`${root}.away`, root);
      expect((await store.stat(key)).sha256).toBe(source.sha256);
    });

    test('a root that is no folder is unavailable', async () => {
      const wrong = new DirectoryStore({ root: path.join(sources.folder, (await sources.random(1)).uid) });
      await expect(wrong.prepare()).rejects.toMatchObject({ code: 'unavailable' });
      await expect(wrong.probe()).rejects.toMatchObject({ code: 'unavailable' });
      await expect(wrong.stat(wrong.keyFor(randomUUID()))).rejects.toMatchObject({ code: 'unavailable' });
    });

    test.each(['../outside', '/etc/passwd', 'files/../../outside', ''])('%j is no key', async (key) => {
      await expect(store.stat(key)).rejects.toMatchObject({ code: 'internal' });
      await expect(store.remove(key)).rejects.toMatchObject({ code: 'internal' });
    });
  });
});
