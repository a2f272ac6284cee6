import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ShareLink } from '@wharf/contracts';
import { eventually } from '@wharf/test-kit';
import { sha256 } from './client.ts';
import { heldFileBytes, holdDownload } from './held-download.ts';
import { expectRefused, held, type LimitedFiles, openLimitedFiles, outcomeOf, refused } from './limited-files.ts';
import { openAnswer, type RawAnswer, rawRequest } from './raw-http.ts';

let files: LimitedFiles;
let tooSlow: Awaited<ReturnType<typeof beginTooSlowDownload>>;

beforeAll(async () => {
  files = await openLimitedFiles();
  // It lasts a minute, beside all other tests.
  tooSlow = await beginTooSlowDownload();
});

afterAll(() => files?.close());

/** At a floor at which the whole file takes no time: what is left is the grace of a minute. */
async function beginTooSlowDownload() {
  const gateway = await files.wharf.start('gateway', { MIN_THROUGHPUT: String(1024 ** 3) });
  const uid = await files.upload(randomBytes(heldFileBytes), 1);
  const reader = await holdDownload(`${gateway.url}/api/v1/files/${uid}`, { agent: files.agent });
  await reader.read(1_000_000);
  return { uid, reader };
}

const urlOf = (uid: string, index = 0) => `${files.wharf.urls[index % 2]}/api/v1/files/${uid}`;

/** `<bytes> bytes` of a range, else as `outcomeOf` says. */
const partOf = (answer: RawAnswer, bytes: Buffer) =>
  answer.status === 206 ? `${answer.body.length} bytes` : outcomeOf(answer, bytes);

async function expectCount(uid: string, downloads: number): Promise<void> {
  await eventually(async () => expect((await files.client.record(uid)).download_count).toBe(downloads));
}

describe('a file with one download', () => {
  test.each([
    [1, 'bytes=0-', 1],
    [1000, 'bytes=0-', 1],
    [65_536, 'bytes=0-', 1],
    [3_000_000, 'bytes=0-', 1],
    [3_000_000, 'bytes=-3000000', 1],
    [3_000_000, 'bytes=0-2999999', 1],
    // Counted when the session is over.
    [3_000_000, 'bytes=1-', 0],
  ])(
    'of %d bytes is sent once to fifty requests for %s at once, and to none later',
    async (sizeBytes, Range, downloads) => {
      const bytes = randomBytes(sizeBytes);
      const uid = await files.upload(bytes, 1);
      const ask = async (index: number) => partOf(await files.ask(index, uid, { Range }), bytes);
      const outcomes = await Promise.all(Array.from({ length: 50 }, (_, index) => ask(index)));
      const given = outcomes.filter((outcome) => outcome.endsWith(' bytes'));
      expect(given).toHaveLength(1);
      expectRefused(outcomes.filter((outcome) => !outcome.endsWith(' bytes')));
      await expectCount(uid, downloads);
      expect(await ask(0)).toBe(downloads === 0 ? held : refused);
    },
    60_000,
  );

  test('is sent once, and a tenth of it again, in overlapping ranges', async () => {
    const bytes = randomBytes(1_000_000);
    const uid = await files.upload(bytes, 1);
    let sentBytes = 0;
    const ends = new Set<string>();
    for (let index = 0; index < 30; index++) {
      const first = (index % 10) * 100_000;
      const answer = await files.ask(index, uid, { Range: `bytes=${first}-${first + 120_000}` });
      if (answer.status === 206) sentBytes += answer.body.length;
      else ends.add(outcomeOf(answer, bytes));
    }
    expect(sentBytes).toBeLessThanOrEqual(1_100_000);
    expect(sentBytes).toBeGreaterThan(1_000_000 * 0.9);
    expect([...ends].filter((end) => end !== refused)).toEqual([]);
  }, 60_000);

  test('takes HEAD, 304 and an If-Range of other bytes as what they are', async () => {
    const bytes = randomBytes(10_000);
    const uid = await files.upload(bytes, 1);
    expect(partOf(await files.ask(0, uid, { Range: 'bytes=0-4999' }), bytes)).toBe('5000 bytes');
    for (let index = 0; index < 4; index++) {
      expect((await files.ask(index, uid, { 'If-None-Match': `"${sha256(bytes)}"`, Range: 'bytes=0-' })).status).toBe(
        304,
      );
    }
    // Another download: the whole body, for which the session has no room.
    expect(outcomeOf(await files.ask(1, uid, { Range: 'bytes=5000-', 'If-Range': '"another"' }), bytes)).toBe(held);
    expect(partOf(await files.ask(1, uid, { Range: 'bytes=5000-', 'If-Range': `"${sha256(bytes)}"` }), bytes)).toBe(
      '5000 bytes',
    );
    await expectCount(uid, 1);
  }, 60_000);

  test.each(['bytes=0-0', 'bytes=-1', 'bytes=0-4095'])(
    'is sent whole to a client that asked for %s before',
    async (Range) => {
      const bytes = randomBytes(100_000);
      const uid = await files.upload(bytes, 1);
      expect((await files.ask(0, uid, { Range })).status).toBe(206);
      expect(await files.client.record(uid)).toMatchObject({ status: 'stored', download_count: 0 });
      expect(outcomeOf(await files.ask(1, uid, { 'User-Agent': 'other' }), bytes)).toBe(held);
      expect(outcomeOf(await files.ask(1, uid), bytes)).toBe('complete');
      await expectCount(uid, 1);
      expect(outcomeOf(await files.ask(0, uid), bytes)).toBe(refused);
    },
  );

  test('and no bytes is sent once', async () => {
    const none = Buffer.alloc(0);
    const uid = await files.upload(none, 1);
    expect(outcomeOf(await files.ask(0, uid, { Range: 'bytes=0-' }), none)).toBe('complete');
    await files.expectExhausted(uid, 1);
  }, 60_000);
});

test('readers who hold all downloads make others wait, and the last used one ends the file', async () => {
  const bytes = randomBytes(heldFileBytes);
  const uid = await files.upload(bytes, 2);
  const readers = [];
  for (const index of [0, 1]) {
    const reader = await holdDownload(urlOf(uid, index), { agent: files.agent });
    await reader.read(1_000_000);
    readers.push(reader);
  }
  const answer = await files.ask(0, uid);
  expect(outcomeOf(answer, bytes)).toBe(held);
  expect(answer.headers['retry-after']).toBe('2');
  expect(JSON.parse(answer.body.toString()).detail).toMatch('under way');
  for (const reader of readers) expect(await reader.finish()).toBe(sha256(bytes));
  await files.expectExhausted(uid, 2);
  expect(outcomeOf(await files.ask(0, uid), bytes)).toBe(refused);
}, 90_000);

describe('a transfer that breaks off', () => {
  const bytes = randomBytes(heldFileBytes);

  async function readAndBreakOff(uid: string, bytesToRead: number, headers: Record<string, string>): Promise<void> {
    const reader = await holdDownload(urlOf(uid), { headers, agent: files.agent });
    await reader.read(bytesToRead);
    reader.breakOff();
  }

  test('near its end is counted, and its client goes on where it stopped', async () => {
    const uid = await files.upload(bytes, 1);
    const headers = { 'User-Agent': 'patient' };
    const stoppedAt = 48_000_000;
    await readAndBreakOff(uid, stoppedAt, headers);
    await expectCount(uid, 1);
    expect(outcomeOf(await files.ask(1, uid, { 'User-Agent': 'other' }), bytes)).toBe(refused);
    const rest = await files.ask(1, uid, { ...headers, Range: `bytes=${stoppedAt}-` });
    expect([rest.status, rest.body.equals(bytes.subarray(stoppedAt))]).toEqual([206, true]);
    await expectCount(uid, 1);
  }, 90_000);

  test('again and again uses the downloads up', async () => {
    const uid = await files.upload(bytes, 2);
    let readBytes = 0;
    const outcome = await eventually(
      async () => {
        const answer = await openAnswer(urlOf(uid), { headers: { Range: 'bytes=0-' }, agent: files.agent });
        answer.on('error', () => undefined).destroy();
        if (answer.statusCode === 410) return 'over';
        if (answer.statusCode === 206) {
          await readAndBreakOff(uid, 40_000_000, { 'User-Agent': `client ${readBytes}` })
            .then(() => {
              readBytes += 40_000_000;
            })
            .catch(() => undefined);
        }
        throw new Error(`still answered ${answer.statusCode}`);
      },
      { timeoutMs: 60_000, everyMs: 200 },
    );
    expect([outcome, readBytes <= 2 * 1.5 * bytes.length]).toEqual(['over', true]);
    await expectCount(uid, 2);
  }, 90_000);
});

describe('the cookie of a reader', () => {
  const bytes = randomBytes(30_000);

  async function share(uid: string, maxDownloads: number): Promise<string> {
    const answer = await fetch(`${urlOf(uid)}/links`, {
      method: 'POST',
      body: JSON.stringify({ max_downloads: maxDownloads }),
      headers: { 'Content-Type': 'application/json' },
    });
    return ShareLink.parse(await answer.json()).download_url;
  }

  /** A browser: all of them have one address and one name. */
  function browser(path: string) {
    let cookie: string | undefined;
    return {
      async read(Range?: string): Promise<string> {
        const headers = { 'User-Agent': 'Browser', ...(Range && { Range }), ...(cookie && { Cookie: cookie }) };
        const answer = await rawRequest(files.wharf.urls[0] + path, { headers, agent: files.agent });
        const [set] = answer.headers['set-cookie'] ?? [];
        if (set) cookie = set.split(';')[0];
        return partOf(answer, bytes);
      },
      get cookie() {
        return cookie;
      },
      forget() {
        cookie = undefined;
      },
    };
  }

  test.each(['a link', 'a file'])(
    'tells browsers behind one address apart, at %s',
    async (what) => {
      const uid = await files.upload(bytes, 2);
      const path = what === 'a link' ? await share(uid, 2) : `/api/v1/files/${uid}`;
      const [first, second, third] = [browser(path), browser(path), browser(path)];
      expect(await first.read('bytes=0-9999')).toBe('10000 bytes');
      expect(await first.read('bytes=10000-19999')).toBe('10000 bytes');
      expect(await second.read('bytes=0-')).toBe('30000 bytes');
      expect(await first.read('bytes=20000-')).toBe('10000 bytes');
      await expectCount(uid, 2);
      // Neither who has no cookie, nor who has dropped his, is let in by what another has left of his session.
      expect(await third.read('bytes=0-99')).toBe('100 bytes');
      expect(await third.read('bytes=100-')).toBe(refused);
      first.forget();
      expect(await first.read('bytes=0-')).toBe(refused);
    },
    60_000,
  );

  test('is set once, for its address alone, out of reach of scripts', async () => {
    const uid = await files.upload(bytes, 5);
    const path = await share(uid, 5);
    const answer = await rawRequest(`${files.wharf.urls[0]}${path}?disposition=inline`, { agent: files.agent });
    const [set = ''] = answer.headers['set-cookie'] ?? [];
    expect(set).toMatch(/^wharf_reader=[0-9a-f-]{36}; path=[^;]+; expires=[^;]+; samesite=lax; httponly$/i);
    expect(set).toContain(`path=${path};`);
    const Cookie = set.split(';')[0] as string;
    const again = await rawRequest(files.wharf.urls[0] + path, { headers: { Cookie }, agent: files.agent });
    expect([again.status, again.headers['set-cookie']]).toEqual([200, undefined]);
  });

  test('is not set where nothing is counted, nor by an error', async () => {
    const uid = await files.upload(bytes, 1);
    const link = await share(uid, 1);
    const free = (await files.client.uploadForm(bytes)).record?.uid as string;
    const answers = [
      await files.ask(0, uid, {}, 'HEAD'),
      await files.ask(0, uid, { 'If-None-Match': '*' }),
      await files.ask(0, uid, { Range: 'bytes=99999-' }),
      await files.ask(0, free),
      await files.ask(0, uid),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 304, 416, 200, 200]);
    expect(answers.map(({ headers }) => headers['set-cookie'] !== undefined)).toEqual([
      false,
      false,
      false,
      false,
      true,
    ]);
    await files.expectExhausted(uid, 1);
    const gone = await rawRequest(files.wharf.urls[0] + link, { agent: files.agent });
    expect([gone.status, gone.headers['set-cookie']]).toEqual([410, undefined]);
  });

  test('that is forged or malformed gives nothing more', async () => {
    const uid = await files.upload(bytes, 2);
    const cookies = ['0193f000-0000-7000-8000-000000000000', '0193f000-0000-7000-8000-000000000001', 'x', "'; --", ''];
    const outcomes: string[] = [];
    for (const value of cookies) {
      const Cookie = `wharf_reader=${value}`;
      outcomes.push(partOf(await files.ask(0, uid, { Cookie, Range: 'bytes=0-' }), bytes));
    }
    expect(outcomes).toEqual(['30000 bytes', '30000 bytes', refused, refused, refused]);
  });
});

test('a transfer that takes longer than any may is broken off, and counted', async () => {
  const { reader, uid } = tooSlow;
  await files.client.expectStatus(uid, 'deleted', 100_000);
  await expect(reader.finish()).rejects.toThrow();
  await files.expectExhausted(uid, 1);
}, 120_000);
