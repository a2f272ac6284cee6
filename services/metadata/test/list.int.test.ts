import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  DeleteFile,
  type FileFilter,
  type FileRecord,
  FileSort,
  ListFiles,
  openCaller,
  UpdateFile,
} from '@wharf/contracts';
import { callRpc } from '@wharf/messaging';
import { eventually } from '@wharf/test-kit';
import { storedData } from './events.js';
import { World } from './world.js';

let world: World;

beforeAll(async () => {
  world = await World.open();
  await world.start();
});

afterAll(() => world.close());

interface Query {
  filter?: FileFilter;
  sort?: FileSort;
  limit?: number;
}

const page = ({ filter = {}, sort = '-created_at', limit = 200 }: Query, cursor: string | null = null) =>
  callRpc(world.bus, ListFiles, { caller: openCaller, filter, sort, limit, cursor });

async function allPages(query: Query, betweenPages?: () => Promise<unknown>): Promise<FileRecord[]> {
  const files: FileRecord[] = [];
  let cursor: string | null = null;
  do {
    const { files: some, next_cursor }: Awaited<ReturnType<typeof page>> = await page(query, cursor);
    expect(some.length).toBeLessThanOrEqual(query.limit ?? 200);
    files.push(...some);
    cursor = next_cursor;
    await betweenPages?.();
  } while (cursor !== null);
  return files;
}

const namesOf = async (filter: FileFilter) => (await page({ filter })).files.map((file) => file.original_name).sort();
const codeOf = (answer: Promise<unknown>) => answer.then(String, (error) => error.code);

async function store(files: Parameters<typeof storedData>[0][]): Promise<string[]> {
  const data = files.map((file) => storedData(file));
  await Promise.all(data.map((each) => world.emitStored(each)));
  await world.untilHandled('file.stored');
  return data.map(({ uid }) => uid);
}

test('a page holds records as users read them', async () => {
  const owner_id = randomUUID();
  const [uid] = await store([{ owner_id, metadata: { a: 1 }, size_bytes: 5_000_000_000_000 }]);
  const { local_path, ...record } = await world.getFile(uid as string);
  const reply = await world.bus
    .require()
    .request(
      ListFiles.subject,
      JSON.stringify({ caller: openCaller, filter: { owner_id }, sort: '-created_at', limit: 1, cursor: null }),
    );
  expect(reply.json()).toEqual({ ok: { files: [record], next_cursor: null } });
});

test('pages of large records hold fewer than were asked for, and all pages every file once', async () => {
  const owner_id = randomUUID();
  const metadata = { text: 'x'.repeat(16_000) };
  const there = await store(Array.from({ length: 70 }, () => ({ owner_id, metadata })));
  const first = await page({ filter: { owner_id } });
  expect(first.files.length).toBeLessThan(70);
  const found = await allPages({ filter: { owner_id } });
  expect(found.map(({ uid }) => uid).sort()).toEqual(there.sort());
});

test.each(FileSort.options)('pages by %s have every file once and in order, while files are added', async (sort) => {
  const owner_id = randomUUID();
  const filter = { owner_id };
  // Many files of one millisecond, and of one size.
  const there = await store(
    Array.from({ length: 60 }, (_, index) => ({
      owner_id,
      created_at: `2026-03-01T00:00:00.00${index % 4}Z`,
      size_bytes: index % 5,
    })),
  );
  const added: Promise<string[]>[] = [];
  const addSome = async () => {
    const files = Array.from({ length: 10 }, (_, index) => ({
      owner_id,
      created_at: `2026-03-01T00:00:00.00${index % 6}Z`,
      size_bytes: index % 7,
    }));
    added.push(store(files));
    if (added.length % 2 === 0) await added.at(-1);
  };
  const files = await allPages({ filter, sort, limit: 7 }, async () => {
    if (added.length < 12) await addSome();
  });
  await Promise.all(added);

  const uids = files.map((file) => file.uid);
  expect(new Set(uids).size).toBe(uids.length);
  expect(there.filter((uid) => !uids.includes(uid))).toEqual([]);
  const key = sort.replace('-', '') as 'created_at' | 'size_bytes';
  const sign = sort.startsWith('-') ? -1 : 1;
  const compare = (a: FileRecord, b: FileRecord) =>
    sign * (a[key] < b[key] ? -1 : a[key] > b[key] ? 1 : a.uid < b.uid ? -1 : 1);
  expect(uids).toEqual([...files].sort(compare).map((file) => file.uid));
  // Once nothing is added any more, small pages and large ones are the same list.
  const whole = await allPages({ filter, sort });
  expect(whole).toHaveLength(60 + 120);
  expect(await allPages({ filter, sort, limit: 11 })).toEqual(whole);
});

test('a page that ends the list has no cursor, also when it is full', async () => {
  const owner_id = randomUUID();
  await store(Array.from({ length: 4 }, () => ({ owner_id })));
  const first = await page({ filter: { owner_id }, limit: 2 });
  expect(first.next_cursor).not.toBeNull();
  const second = await page({ filter: { owner_id }, limit: 2 }, first.next_cursor);
  expect(second.files).toHaveLength(2);
  expect(second.next_cursor).toBeNull();
  expect(await page({ filter: { owner_id: 'nobody' } })).toEqual({ files: [], next_cursor: null });
});

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const uid = storedData().uid;

test.each([
  ['garbage', 'no cursor'],
  ['not JSON', Buffer.from('{"a').toString('base64url')],
  ['another sort', encode(['created_at', '2026-01-01T00:00:00.000Z', uid])],
  ['a size where a time belongs', encode(['-created_at', 5, uid])],
  ['no uid', encode(['-created_at', '2026-01-01T00:00:00.000Z', "' or 1=1"])],
  ['too little', encode(['-created_at'])],
  ['null', encode(null)],
])('a cursor of %s is refused', async (_what, cursor) => {
  expect(await codeOf(page({}, cursor))).toBe('invalid_request');
});

test('files are listed by status, and deleted ones only then', async () => {
  const owner_id = randomUUID();
  const [stored, synced, deleted, archived, quarantined] = (await store(
    Array.from({ length: 5 }, () => ({ owner_id })),
  )) as [string, string, string, string, string];
  await world.emitSynced(synced);
  await world.emitSynced(archived);
  await world.emitPurged(archived);
  await callRpc(world.bus, DeleteFile, { caller: openCaller, uid: deleted });
  await world.query("update files set status = 'quarantined' where uid = ?", [quarantined]);
  await world.untilFile(synced, { status: 'synced' });
  await world.untilFile(archived, { status: 'archived' });
  for (const [status, expected] of Object.entries({ stored, synced, deleted, archived, quarantined })) {
    const { files } = await page({ filter: { owner_id, status: status as keyof object } });
    expect(files.map((file) => file.uid)).toEqual([expected]);
  }
  const { files } = await page({ filter: { owner_id } });
  expect(files.map((file) => file.uid).sort()).toEqual([stored, synced, archived, quarantined].sort());
});

test('files are listed by type, by kind, by owner, by message and by time', async () => {
  const owner_id = randomUUID();
  const message_id = randomUUID();
  await store([
    { owner_id, original_name: 'png', content_type: 'image/png', created_at: '2026-04-01T00:00:00.000Z' },
    { owner_id, original_name: 'svg', content_type: 'image/svg+xml', created_at: '2026-04-02T00:00:00.000Z' },
    { owner_id, original_name: 'imagex', content_type: 'imagex/png', created_at: '2026-04-03T00:00:00.000Z' },
    {
      owner_id,
      original_name: 'pdf',
      content_type: 'application/pdf',
      created_at: '2026-04-04T00:00:00.000Z',
      message_id,
    },
    { owner_id: randomUUID(), original_name: 'other', content_type: 'image/png', message_id },
  ]);
  expect(await namesOf({ owner_id })).toEqual(['imagex', 'pdf', 'png', 'svg']);
  expect(await namesOf({ owner_id, content_type: 'image/png' })).toEqual(['png']);
  expect(await namesOf({ owner_id, content_type: 'image/' })).toEqual(['png', 'svg']);
  expect(await namesOf({ owner_id, content_type: 'image' })).toEqual([]);
  expect(await namesOf({ owner_id, content_type: '/' })).toEqual([]);
  expect(await namesOf({ owner_id, content_type: 'IMAGE/Png' })).toEqual(['png']);
  expect(await namesOf({ owner_id, content_type: 'Image/' })).toEqual(['png', 'svg']);
  expect(await namesOf({ owner_id, content_type: 'image/*' })).toEqual(['png', 'svg']);
  expect(await namesOf({ owner_id, content_type: 'IMAGE/*' })).toEqual(['png', 'svg']);
  expect(await namesOf({ owner_id, content_type: 'image/p*' })).toEqual([]);
  expect(await namesOf({ owner_id, content_type: 'image*' })).toEqual([]);
  expect(await namesOf({ owner_id, content_type: '/*' })).toEqual([]);
  expect(await namesOf({ owner_id, content_type: '*' })).toEqual([]);
  expect(await namesOf({ owner_id, content_type: '*/*' })).toEqual(['imagex', 'pdf', 'png', 'svg']);
  expect(await namesOf({ message_id })).toEqual(['other', 'pdf']);
  expect(await namesOf({ message_id, owner_id })).toEqual(['pdf']);
  const created_after = '2026-04-01T00:00:00.000Z';
  const created_before = '2026-04-04T00:00:00.000Z';
  expect(await namesOf({ owner_id, created_after })).toEqual(['imagex', 'pdf', 'svg']);
  expect(await namesOf({ owner_id, created_before })).toEqual(['imagex', 'png', 'svg']);
  expect(await namesOf({ owner_id, created_after, created_before, content_type: 'image/' })).toEqual(['svg']);
});

test('files are found by any part of the name, in any case, in any script', async () => {
  const owner_id = randomUUID();
  const names = [
    'Отчёт ЗА Год.PDF',
    'report 100%.txt',
    'report 100x.txt',
    'a_b.txt',
    'aXb.txt',
    "it's \\ ? :q.txt",
    'e\u0301te\u0301.md',
  ];
  await store(names.map((original_name) => ({ owner_id, original_name })));
  const find = (q: string) => namesOf({ owner_id, q });
  expect(await find('отчёт')).toEqual(['Отчёт ЗА Год.PDF']);
  expect(await find('ЧЁТ За гОД')).toEqual(['Отчёт ЗА Год.PDF']);
  expect(await find('Ё')).toEqual(['Отчёт ЗА Год.PDF']);
  expect(await find('REPORT 100')).toEqual(['report 100%.txt', 'report 100x.txt']);
  expect(await find('\u00e9T\u00e9')).toEqual(['e\u0301te\u0301.md']);
  // Nothing in a query is a wildcard.
  expect(await find('100%')).toEqual(['report 100%.txt']);
  expect(await find('%')).toEqual(['report 100%.txt']);
  expect(await find('a_b')).toEqual(['a_b.txt']);
  expect(await find('_')).toEqual(['a_b.txt']);
  expect(await find('\\')).toEqual(["it's \\ ? :q.txt"]);
  expect(await find("it's \\ ? :q")).toEqual(["it's \\ ? :q.txt"]);
  expect(await find('.tx.')).toEqual([]);
  expect(await find('t')).toHaveLength(6);
  expect(await codeOf(find('a\u0000b'))).toBe('invalid_request');
});

test('pages of a search have every match once, in order', async () => {
  const owner_id = randomUUID();
  const there = await store(
    Array.from({ length: 40 }, (_, index) => ({
      owner_id,
      original_name: `${index % 4 > 0 ? 'Common' : 'other'} ${index}.txt`,
      created_at: `2026-03-01T00:00:00.0${10 + (index % 9)}Z`,
    })),
  );
  const files = await allPages({ filter: { owner_id, q: 'common' }, limit: 4 });
  expect(files.map((file) => file.uid).sort()).toEqual(there.filter((_, index) => index % 4 > 0).sort());
  const whole = await allPages({ filter: { owner_id } });
  expect(files).toEqual(whole.filter((file) => file.original_name.startsWith('Common')));
});

test('a renamed file is found by its new name alone', async () => {
  const owner_id = randomUUID();
  const [file] = await store([{ owner_id, original_name: 'before.txt' }]);
  await callRpc(world.bus, UpdateFile, {
    caller: openCaller,
    uid: file as string,
    changes: { original_name: 'ПОСЛЕ.txt' },
  });
  expect(await namesOf({ owner_id, q: 'before' })).toEqual([]);
  expect(await namesOf({ owner_id, q: 'после' })).toEqual(['ПОСЛЕ.txt']);
  await eventually(async () => expect(await world.eventsAbout(file as string, 'file.updated')).toHaveLength(1));
});
