import type { IncomingMessage } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { S3Store } from '../src/s3.store.js';
import { type Fault, FaultyProxy } from './faulty-proxy.js';
import { TestBucket } from './s3-for-tests.js';
import { bytesOf, Sources } from './sources.js';

const large = 12 * 1024 * 1024;

const isPart = ({ method, url }: IncomingMessage) => method === 'PUT' && /partNumber=/.test(url ?? '');
const isPart2 = (request: IncomingMessage) => isPart(request) && /partNumber=2\b/.test(request.url ?? '');
const isCompletion = ({ method, url }: IncomingMessage) => method === 'POST' && /uploadId=/.test(url ?? '');
const isInitiation = ({ method, url }: IncomingMessage) => method === 'POST' && /uploads/.test(url ?? '');
const isSmallPut = (request: IncomingMessage) => request.method === 'PUT' && !isPart(request);
const isStat = ({ method, url }: IncomingMessage) => method === 'HEAD' && /files/.test(url ?? '');
const isRead = ({ method, url }: IncomingMessage) => method === 'GET' && /files/.test(url ?? '');

describe('S3 store on a bad day', () => {
  const place = new TestBucket();
  const proxy = new FaultyProxy(place.options.endpointUrl);
  let store: S3Store;
  let sources: Sources;

  beforeAll(async () => {
    sources = await Sources.create();
    store = new S3Store({ ...place.options, endpointUrl: await proxy.listen(), stallTimeoutMs: 1_500 });
    await store.prepare();
  });

  afterEach(async () => {
    proxy.plan = () => undefined;
    proxy.seen.length = 0;
    expect(await place.unfinishedUploads()).toEqual([]);
  });

  afterAll(async () => {
    await store.close();
    await proxy.close();
    await place.destroy();
    await sources.destroy();
  });

  /** The fault meets the first `times` requests of a kind. */
  function spoil(fault: Fault, isMeant: (request: IncomingMessage) => boolean, times = Number.POSITIVE_INFINITY): void {
    let left = times;
    proxy.plan = (request) => (isMeant(request) && left-- > 0 ? fault : undefined);
  }

  async function put(sizeBytes: number) {
    const source = await sources.random(sizeBytes);
    const key = store.keyFor(source.uid);
    return { source, key, stat: await store.put(key, source) };
  }

  test.each<Fault>(['lose-answer', 'error-in-200'])('a completion that took place is believed: %s', async (fault) => {
    spoil(fault, isCompletion);
    const { source, key, stat } = await put(large);
    expect(stat.sha256).toBe(source.sha256);
    expect((await bytesOf(await store.read(key))).equals(source.bytes)).toBe(true);
    expect(proxy.seen.filter((line) => line.startsWith('DELETE'))).toEqual([]);
  });

  test('a completion that did not take place is unavailable, and its upload is aborted', async () => {
    spoil('unhealthy', isCompletion);
    await expect(put(large)).rejects.toMatchObject({ code: 'unavailable' });
    expect(proxy.seen.filter((line) => line.startsWith('DELETE'))).toHaveLength(1);
  });

  test.each<Fault>(['unhealthy', 'reset', 'lose-answer', 'stall', 'change'])(
    'a part is sent again after a passing trouble: %s',
    async (fault) => {
      spoil(fault, isPart2, 1);
      const { source, key } = await put(large);
      expect((await bytesOf(await store.read(key))).equals(source.bytes)).toBe(true);
      expect(proxy.seen.filter((line) => line.includes('partNumber=2'))).toHaveLength(2);
    },
  );

  test('a part that always arrives changed is digest_mismatch, and nothing is left', async () => {
    spoil('change', isPart2);
    await expect(put(large)).rejects.toMatchObject({ code: 'digest_mismatch' });
  });

  test('a small file that arrives changed is refused', async () => {
    spoil('change', isSmallPut);
    await expect(put(10)).rejects.toMatchObject({ code: 'digest_mismatch' });
  });

  test('an object without its digest is digest_mismatch and is removed', async () => {
    spoil('no-metadata', isStat);
    const source = await sources.random(10);
    const key = store.keyFor(source.uid);
    await expect(store.put(key, source)).rejects.toMatchObject({ code: 'digest_mismatch' });
    proxy.plan = () => undefined;
    await expect(store.stat(key)).rejects.toMatchObject({ code: 'file_not_found' });
  });

  test('a small file costs one request, once the store was seen to keep metadata', async () => {
    await put(10_000);
    proxy.seen.length = 0;
    await Promise.all(Array.from({ length: 10 }, () => put(10_000)));
    expect(proxy.seen.map((line) => line.split(' ')[0])).toEqual(Array.from({ length: 10 }, () => 'PUT'));
  });

  describe.each<Fault>(['unhealthy', 'reset', 'stall'])('%s is unavailable', (fault) => {
    test.each<[string, (request: IncomingMessage) => boolean, number]>([
      ['at the start of a large put', isInitiation, large],
      ['at every part', isPart, large],
      ['at a small put', isSmallPut, 10],
    ])(
      '%s',
      async (_, isMeant, sizeBytes) => {
        spoil(fault, isMeant);
        await expect(put(sizeBytes)).rejects.toMatchObject({ code: 'unavailable' });
      },
      15_000,
    );

    test('at stat, read, remove and probe', async () => {
      const { key } = await put(10);
      spoil(fault, () => true);
      const work = [store.stat(key), store.read(key), store.remove(key), store.probe()];
      for (const outcome of await Promise.allSettled(work)) {
        expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'unavailable' } });
      }
    });
  });

  test('a small put that stalls is abandoned by the signal', async () => {
    spoil('stall', isSmallPut);
    const source = await sources.random(10);
    const started = performance.now();
    const copy = store.put(store.keyFor(source.uid), source, AbortSignal.timeout(50));
    await expect(copy).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining('abandoned') });
    expect(performance.now() - started).toBeLessThan(1_400);
  });

  test('parts that stall are abandoned by the signal', async () => {
    spoil('stall', isPart);
    const source = await sources.random(large);
    const started = performance.now();
    const copy = store.put(store.keyFor(source.uid), source, AbortSignal.timeout(100));
    await expect(copy).rejects.toMatchObject({ code: 'unavailable' });
    expect(performance.now() - started).toBeLessThan(1_400);
  });

  test.each([undefined, { start: 5, end: large - 2 }])(
    'a read that breaks off is an error, not an end (%j)',
    async (range) => {
      const { key } = await put(large);
      spoil('cut', isRead);
      await expect(bytesOf(await store.read(key, range))).rejects.toThrow();
    },
  );

  test('a read that falls silent in the middle is an error in time', async () => {
    const { key } = await put(large);
    spoil('hush', isRead);
    await expect(bytesOf(await store.read(key))).rejects.toThrow();
  }, 15_000);

  test('a server that forgets the range is unavailable', async () => {
    const { key } = await put(100);
    spoil('whole', isRead);
    await expect(store.read(key, { start: 5, end: 9 })).rejects.toMatchObject({ code: 'unavailable' });
  });
});
