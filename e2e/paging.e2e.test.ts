import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { FilePage, type FileRecord } from '@wharf/contracts';
import type { Bus } from '@wharf/messaging';
import { describeFile, eventually, type StoredData, testBus } from '@wharf/test-kit';
import { announceFiles } from './announced-files.ts';
import { openWharf, type Wharf } from './wharf.ts';

let wharf: Wharf;
let bus: Bus;

beforeAll(async () => {
  wharf = await openWharf();
  for (const name of ['metadata', 'gateway'] as const) await Promise.all([wharf.start(name), wharf.start(name)]);
  bus = testBus(wharf.natsUrl);
  await eventually(() => bus.require());
});

afterAll(async () => {
  await bus?.drain();
  await wharf?.close();
});

/** Times and sizes of which many are alike, so that pages end in the middle of equals; new files come in everywhere. */
function makeFiles(count: number): StoredData[] {
  const start = Date.parse('2026-05-01T00:00:00.000Z');
  return Array.from({ length: count }, (_, index) =>
    describeFile({
      size_bytes: (index * 7919) % 101,
      created_at: new Date(start + ((index * 104_729) % 211) * 1000).toISOString(),
    }),
  );
}

interface Walk {
  files: FileRecord[];
  /** A file that came while this client was on its way, and that it met. */
  newcomers: number;
}

/** Reads all pages through one gateway: no file twice, each of the files that were there at the start, and in order. */
async function walk(url: string, sort: string, existing: Set<string>): Promise<Walk> {
  const files: FileRecord[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const query = `limit=100&sort=${sort}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`;
    // A page that a busy system has no time for is asked for again, as clients do.
    const page = await eventually(async () => {
      const answer = await fetch(`${url}/api/v1/files?${query}`);
      expect(answer.status).toBe(200);
      return FilePage.parse(await answer.json());
    });
    files.push(...page.files);
    cursor = page.next_cursor;
  }
  const uids = new Set(files.map(({ uid }) => uid));
  expect(files.length - uids.size).toBe(0);
  expect([...existing].filter((uid) => !uids.has(uid))).toEqual([]);
  expectOrder(files, sort);
  return { files, newcomers: files.length - existing.size };
}

function expectOrder(files: FileRecord[], sort: string): void {
  const key = sort.replace('-', '') as 'created_at' | 'size_bytes';
  const keys = files.map((file) => Number(key === 'size_bytes' ? file.size_bytes : Date.parse(file.created_at)));
  const sorted = [...keys].sort((a, b) => (sort.startsWith('-') ? b - a : a - b));
  expect(keys).toEqual(sorted);
}

test('10,000 files arrive while two clients read the list: none comes twice, none is missed', async () => {
  const [first, second] = wharf.urls as [string, string];
  const existing = makeFiles(1000);
  const arriving = makeFiles(10_000);
  await announceFiles(bus, existing);
  const countFiles = async () => (await walk(first, 'created_at', new Set())).files.length;
  await eventually(async () => expect(await countFiles()).toBe(1000), { timeoutMs: 60_000 });

  let hasArrived = false;
  const arrival = announceFiles(bus, arriving).then(() => {
    hasArrived = true;
  });
  const read = async (url: string, sort: string) => {
    let known = new Set(existing.map(({ uid }) => uid));
    let newcomers = 0;
    do {
      const walked = await walk(url, sort, known);
      newcomers = Math.max(newcomers, walked.newcomers);
      // What was met once existed when the next walk began.
      known = new Set(walked.files.map(({ uid }) => uid));
    } while (!hasArrived || known.size < existing.length + arriving.length);
    return { newcomers, known };
  };
  const [byTime, bySize] = await Promise.all([read(first, '-created_at'), read(second, 'size_bytes'), arrival]);
  const all = [...existing, ...arriving].map(({ uid }) => uid).sort();
  expect([...byTime.known].sort()).toEqual(all);
  expect([...bySize.known].sort()).toEqual(all);
  // They did read while files arrived.
  expect(byTime.newcomers).toBeGreaterThan(0);
  expect(bySize.newcomers).toBeGreaterThan(0);
}, 300_000);
