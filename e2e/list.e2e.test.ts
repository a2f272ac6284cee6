import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { FilePage, type FileRecord, FileSynced, objectKeyOf } from '@wharf/contracts';
import { type Bus, emit } from '@wharf/messaging';
import { describeFile, eventually, type StoredData, testBus } from '@wharf/test-kit';
import { announceFiles } from './announced-files.ts';
import { type Client, clientOf, problemOf } from './client.ts';
import { openWharf, type Wharf } from './wharf.ts';

let wharf: Wharf;
let client: Client;
let bus: Bus;

beforeAll(async () => {
  wharf = await openWharf();
  await Promise.all([wharf.start('metadata'), wharf.start('metadata'), wharf.start('gateway')]);
  client = clientOf(wharf.urls[0] as string);
  bus = testBus(wharf.natsUrl);
  await eventually(() => bus.require());
  await announceFiles(bus, fleet);
  await eventually(async () => expect((await page('limit=200')).files).toHaveLength(fleet.length), {
    timeoutMs: 30_000,
  });
});

afterAll(async () => {
  await bus?.drain();
  await wharf?.close();
});

const ask = (query: string) => fetch(`${client.api}/files?${query}`);

async function page(query: string): Promise<FilePage> {
  const answer = await ask(query);
  expect([query, answer.status]).toEqual([query, 200]);
  return FilePage.strict().parse(await answer.json());
}

/** All pages, one after the other. */
async function walk(query: string): Promise<FileRecord[]> {
  const files: FileRecord[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const next: FilePage = await page(`${query}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
    files.push(...next.files);
    cursor = next.next_cursor;
  }
  return files;
}

const noon = Date.parse('2026-03-01T12:00:00.000Z');
const types = ['image/png', 'image/jpeg', 'text/plain', 'application/pdf', 'imagery/x'];
const names = ['Report.txt', 'report 2.TXT', '100% sure_.md', 'ОТЧЁТ.pdf', 'a_b.png', 'axb.png', "it's.txt"];

/** Names, types, owners, times and sizes in all mixtures; times and sizes repeat. */
const fleet: StoredData[] = Array.from({ length: 35 }, (_, index) =>
  describeFile({
    original_name: names[index % names.length] as string,
    content_type: types[index % types.length] as string,
    owner_id: index % 3 ? 'alice' : null,
    message_id: index % 4 ? `m-${index % 4}` : null,
    size_bytes: (index * 13) % 9,
    created_at: new Date(noon + Math.floor(index / 4) * 1000).toISOString(),
  }),
);
const offset = encodeURIComponent;

describe('filters', () => {
  test.each<[string, (file: StoredData) => boolean]>([
    ['', () => true],
    ['content_type=image/', (file) => file.content_type.startsWith('image/')],
    ['content_type=image/*', (file) => file.content_type.startsWith('image/')],
    ['content_type=IMAGE/*', (file) => file.content_type.startsWith('image/')],
    ['content_type=TEXT/PLAIN', (file) => file.content_type === 'text/plain'],
    ['content_type=image/png', (file) => file.content_type === 'image/png'],
    ['content_type=image', () => false],
    ['content_type=image/p', () => false],
    ['content_type=%25/', () => false],
    ['content_type=text/plain', (file) => file.content_type === 'text/plain'],
    ['owner_id=alice', (file) => file.owner_id === 'alice'],
    ['owner_id=nobody', () => false],
    ['message_id=m-2', (file) => file.message_id === 'm-2'],
    ['created_after=2026-03-01T12:00:03Z', (file) => Date.parse(file.created_at) > noon + 3000],
    ['created_before=2026-03-01T12:00:03Z', (file) => Date.parse(file.created_at) < noon + 3000],
    [
      `created_after=${offset('2026-03-01T14:00:01+02:00')}&created_before=${offset('2026-03-01T06:00:05-06:00')}`,
      (file) => Date.parse(file.created_at) > noon + 1000 && Date.parse(file.created_at) < noon + 5000,
    ],
    ['created_after=2026-03-01T12:00:02.999Z', (file) => Date.parse(file.created_at) > noon + 2999],
    ['created_after=2027-01-01T00:00:00Z', () => false],
    ['q=report', (file) => /report/i.test(file.original_name)],
    ['q=REPORT%202', (file) => /report 2/i.test(file.original_name)],
    [`q=${encodeURIComponent('отчёт')}`, (file) => file.original_name === 'ОТЧЁТ.pdf'],
    ['q=%25', (file) => file.original_name.includes('%')],
    ['q=_', (file) => file.original_name.includes('_')],
    ['q=a_b', (file) => file.original_name === 'a_b.png'],
    ["q=it's", (file) => file.original_name === "it's.txt"],
    ['q=%5C', () => false],
    ["q='%20or%20''='", () => false],
    ['status=stored', () => true],
    ['status=archived', () => false],
    ['status=deleted', () => false],
    [
      'content_type=image/&owner_id=alice&q=png&message_id=m-1',
      (file) =>
        file.content_type.startsWith('image/') &&
        file.owner_id === 'alice' &&
        file.message_id === 'm-1' &&
        file.original_name.includes('png'),
    ],
  ])('a list of "%s"', async (query, isListed) => {
    const expected = fleet.filter(isListed).map(({ uid }) => uid);
    const whole = await page(`${query}&limit=200`);
    expect(whole.files.map(({ uid }) => uid).sort()).toEqual([...expected].sort());
    expect(whole.next_cursor).toBeNull();
    expect((await walk(`${query}&limit=3`)).map(({ uid }) => uid)).toEqual(whole.files.map(({ uid }) => uid));
  });

  test('every file is listed as its record', async () => {
    for (const file of (await page('limit=5')).files) expect(file).toEqual(await client.record(file.uid));
  });
});

describe('order and pages', () => {
  const byTime = (a: FileRecord, b: FileRecord) => Date.parse(a.created_at) - Date.parse(b.created_at);
  const bySize = (a: FileRecord, b: FileRecord) => a.size_bytes - b.size_bytes;

  test.each<[string, (a: FileRecord, b: FileRecord) => number]>([
    ['', (a, b) => byTime(b, a)],
    ['sort=-created_at', (a, b) => byTime(b, a)],
    ['sort=created_at', byTime],
    ['sort=size_bytes', bySize],
    ['sort=-size_bytes', (a, b) => bySize(b, a)],
  ])('"%s": every file once, in order, whatever the length of a page', async (sort, compare) => {
    const whole = await page(`${sort}&limit=200`);
    expect(whole.files).toEqual([...whole.files].sort(compare));
    for (const limit of [1, 4, 7, 35]) {
      const walked = await walk(`${sort}&limit=${limit}`);
      expect(walked.map(({ uid }) => uid)).toEqual(whole.files.map(({ uid }) => uid));
    }
  });

  test('the last page says so, also where it is full', async () => {
    expect((await page('limit=35')).next_cursor).toBeNull();
    expect((await page('limit=34')).next_cursor).not.toBeNull();
  });

  test('a page has 50 files unless asked otherwise', async () => {
    const more = Array.from({ length: 55 }, () => describeFile({ message_id: 'default-limit' }));
    await announceFiles(bus, more);
    const all = () => walk('message_id=default-limit&limit=200');
    await eventually(async () => expect(await all()).toHaveLength(55));
    expect((await page('message_id=default-limit')).files).toHaveLength(50);
  });
});

describe('statuses', () => {
  test('deleted files are listed where they are asked for only', async () => {
    const file = describeFile({ message_id: 'to-be-deleted' });
    await announceFiles(bus, [file]);
    const uids = async (query: string) => (await page(query)).files.map(({ uid }) => uid);
    await eventually(async () => expect(await uids('message_id=to-be-deleted')).toEqual([file.uid]));
    expect((await fetch(`${client.api}/files/${file.uid}`, { method: 'DELETE' })).status).toBe(204);
    expect(await uids('message_id=to-be-deleted')).toEqual([]);
    expect(await uids('message_id=to-be-deleted&status=deleted')).toEqual([file.uid]);
  });

  test('a file moves from one status to the next', async () => {
    const file = describeFile({ message_id: 'to-be-synced' });
    await announceFiles(bus, [file]);
    const { uid, size_bytes, sha256 } = file;
    const cloud_path = `bucket/${objectKeyOf(uid)}`;
    const data = { uid, size_bytes, sha256, cloud_path, etag: 'e', synced_at: new Date().toISOString() };
    await emit(bus, FileSynced, { service: 'cloud-sync', subject: uid, id: `${uid}-synced`, data });
    await client.expectStatus(uid, 'synced');
    expect((await page('message_id=to-be-synced&status=synced')).files).toHaveLength(1);
    expect((await page('message_id=to-be-synced&status=stored')).files).toHaveLength(0);
  });
});

describe('what is no query', () => {
  test.each([
    ['limit=0', 'limit'],
    ['limit=201', 'limit'],
    ['limit=-1', 'limit'],
    ['limit=1.5', 'limit'],
    ['limit=ten', 'limit'],
    ['limit=', 'limit'],
    ['status=lost', 'status'],
    ['status=', 'status'],
    ['sort=name', 'sort'],
    ['sort=-created_at;drop%20table%20files', 'sort'],
    ['created_after=yesterday', 'created_after'],
    ['created_after=2026-13-01T00:00:00Z', 'created_after'],
    ['created_before=2026-03-01', 'created_before'],
    ['created_before=1700000000', 'created_before'],
    ['q=', 'q'],
    [`q=${'x'.repeat(256)}`, 'q'],
    ['q=a%00', 'q'],
    ['content_type=', 'content_type'],
    ['content_type=%00', 'content_type'],
    ['owner_id=%00', 'owner_id'],
    ['message_id=', 'message_id'],
    [`created_before=${offset('9999-12-31T23:59:59-23:59')}`, 'created_before'],
    [`created_after=${offset('9999-12-31T23:59:59-23:59')}`, 'created_after'],
    [`created_after=${offset('0000-01-01T00:00:00+01:00')}`, 'created_after'],
    ['created_after=0000-06-01T00:00:00Z', 'created_after'],
  ])('%s', async (query, path) => {
    const problem = await problemOf(await ask(query));
    expect(problem).toMatchObject({ status: 400, code: 'invalid_request' });
    expect(problem.errors?.map((error) => error.path)).toContain(path);
  });

  test('a cursor that is none of ours, or of another order', async () => {
    const { next_cursor: ours } = await page('limit=3&sort=size_bytes');
    const json = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const cursors = [
      'x',
      '%25%00',
      json({}),
      json([]),
      json(null),
      json([1, 2, 3]),
      `${ours}x`,
      ours?.slice(0, -3),
      '',
    ];
    for (const cursor of cursors) {
      const problem = await problemOf(await ask(`limit=3&sort=size_bytes&cursor=${cursor}`));
      expect([cursor, problem.code]).toEqual([cursor, 'invalid_request']);
      expect(problem.errors?.map((error) => error.path)).toEqual(['cursor']);
    }
    for (const sort of ['created_at', '-created_at', '-size_bytes']) {
      const problem = await problemOf(await ask(`limit=3&sort=${sort}&cursor=${encodeURIComponent(ours as string)}`));
      expect([sort, problem.code]).toEqual([sort, 'invalid_request']);
      const message = 'a cursor of a list sorted by size_bytes';
      expect(problem.errors).toEqual([{ path: 'cursor', message }]);
    }
  });
});
