import { randomBytes } from 'node:crypto';
import { appendFile, mkdir, readdir, readFile, rename, rm, stat, truncate, utimes } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type FreshFolder, freshFolder } from '@wharf/test-kit';
import type { Journal } from '../src/journal/journal.js';
import { Volume } from '../src/volume.js';

let folder: FreshFolder;
let journal: Journal;

beforeEach(async () => {
  folder = await freshFolder('journal');
  journal = await another();
});
afterEach(() => folder.remove());

/** The journal as another process has it. */
async function another(): Promise<Journal> {
  return (await Volume.open(folder.path, { durability: 'fsync' })).journal;
}

const inJournal = () => path.join(folder.path, 'journal');
const segments = async () => (await readdir(inJournal())).map((name) => path.join(inJournal(), name));

/** Takes over what others have left an hour ago. */
async function adopt(by: Journal): Promise<string[]> {
  for (const segment of await segments()) await utimes(segment, 0, 0);
  const { damaged } = await by.heartbeat(60_000);
  return damaged;
}

function uidOf(index: number): string {
  return `01936f2e-8a3b-7c4d-9e5f-${String(index).padStart(12, '0')}`;
}

async function contentsOf(of: Journal): Promise<unknown[]> {
  return Promise.all([...of.pending(0)].map(async (uid) => (await of.read(uid)).content));
}

test('an entry is kept, listed by age, and dropped', async () => {
  await journal.write('a', { hello: 'there' });
  expect(await journal.read('a')).toEqual({ content: { hello: 'there' }, bytes: undefined });
  expect([...journal.pending(60_000)]).toEqual([]);
  expect([...journal.pending(0)]).toEqual(['a']);
  expect(await (await another()).has('a')).toBe(true);
  journal.remove('a');
  journal.remove('a');
  expect([...journal.pending(0)]).toEqual([]);
  await expect(journal.read('a')).rejects.toMatchObject({ code: 'file_not_found' });
  await journal.heartbeat(60_000);
  expect(await segments()).toEqual([]);
  expect(await (await another()).has('a')).toBe(false);
});

test('entries written at once share a segment, and all of them are in it when their writes return', async () => {
  const uids = Array.from({ length: 500 }, (_, index) => uidOf(index));
  await Promise.all(
    uids.map(async (uid) => {
      await journal.write(uid, { uid });
      const [segment] = await segments();
      expect(await readFile(segment as string, 'utf8')).toContain(`{"uid":"${uid}","content":{"uid":"${uid}"}}\n`);
    }),
  );
  expect(await segments()).toHaveLength(1);
  expect(await contentsOf(journal)).toEqual(uids.map((uid) => ({ uid })));
});

test('one entry written by many at once is one of them, whole', async () => {
  const contents = Array.from({ length: 50 }, (_, index) => ({ index, long: 'x'.repeat(index * 1000) }));
  await Promise.all(contents.map((content) => journal.write('a', content)));
  expect(contents).toContainEqual((await journal.read('a')).content);
  journal.remove('a');
  expect([...journal.pending(0)]).toEqual([]);
});

test.each([0, 1, 10_000, 64 * 1024])(
  'an entry carries %d bytes of a short part, to whoever adopts it',
  async (sizeBytes) => {
    const bytes = randomBytes(sizeBytes);
    await Promise.all([journal.write('a', { of: 'a' }, bytes), journal.write('b', { of: 'b' })]);
    const other = await another();
    await adopt(other);
    expect(await other.read('a')).toEqual({ content: { of: 'a' }, bytes });
    expect(await other.read('b')).toEqual({ content: { of: 'b' }, bytes: undefined });
  },
);

test('an entry that was written together with marks is read as it was', async () => {
  await journal.write('a', { of: 'a' }, randomBytes(1000));
  journal.remove('a');
  await Promise.all([journal.write('ü', { of: 'ü' }), journal.write('c', { of: 'c' }, Buffer.from('c'))]);
  expect(await journal.read('ü')).toEqual({ content: { of: 'ü' }, bytes: undefined });
  expect(await journal.read('c')).toEqual({ content: { of: 'c' }, bytes: Buffer.from('c') });
  expect(await (await another()).has('a')).toBe(false);
});

test('what is uploaded is never taken for a line of the journal', async () => {
  await journal.write('a', {}, Buffer.from('\n{"uid":"forged","content":{}}\n'));
  const other = await another();
  expect(await adopt(other)).toEqual([]);
  expect([...other.pending(0)]).toEqual(['a']);
});

test('what a dead process has left is adopted, but for what it had finished', async () => {
  for (const index of [1, 2]) await journal.write(uidOf(index), { index });
  journal.remove(uidOf(1));
  await journal.write(uidOf(3), { index: 3 });
  await journal.withdraw(uidOf(2));
  const other = await another();
  await other.heartbeat(60_000);
  expect([...other.pending(0)]).toEqual([]);
  await adopt(other);
  expect([...other.pending(60_000)]).toEqual([uidOf(3)]);
  expect(await contentsOf(other)).toEqual([{ index: 3 }]);
  other.remove(uidOf(3));
  await other.heartbeat(60_000);
  expect(await segments()).toEqual([]);
});

test('an entry that is withdrawn is gone for everybody, and takes no more room for that', async () => {
  for (const index of [1, 2]) await journal.write(uidOf(index), { index }, randomBytes(1000));
  const [segment] = (await segments()) as [string];
  const { size } = await stat(segment);
  await journal.withdraw(uidOf(1));
  await journal.withdraw(uidOf(1));
  expect((await stat(segment)).size).toBe(size);
  const other = await another();
  expect(await adopt(other)).toEqual([]);
  await other.withdraw(uidOf(2));
  const third = await another();
  expect(await adopt(third)).toEqual([]);
  expect([...third.pending(0)]).toEqual([]);
});

test('an entry is ours until another process has adopted it', async () => {
  await journal.write('a', {});
  expect(await journal.isOurs('a')).toBe(true);
  expect(await journal.isOurs('b')).toBe(false);
  const other = await another();
  await adopt(other);
  expect(await journal.isOurs('a')).toBe(false);
  expect(await other.isOurs('a')).toBe(true);
});

test('two processes never adopt the same segment', async () => {
  await journal.write('a', {});
  const others = await Promise.all([another(), another(), another()]);
  for (const segment of await segments()) await utimes(segment, 0, 0);
  await Promise.all(others.map((other) => other.heartbeat(60_000)));
  expect(others.flatMap((other) => [...other.pending(0)])).toEqual(['a']);
});

test('a process that lives is not taken anything from, however old its entries are', async () => {
  await journal.write('a', {});
  for (const segment of await segments()) await utimes(segment, 0, 0);
  await journal.heartbeat(60_000);
  const other = await another();
  await other.heartbeat(60_000);
  expect([...other.pending(0)]).toEqual([]);
  expect([...journal.pending(0)]).toEqual(['a']);
});

test('a process that was frozen leaves what it lost to its new owner, and writes elsewhere', async () => {
  await journal.write('a', { by: 'frozen' });
  const other = await another();
  await adopt(other);
  await journal.write('b', { by: 'frozen' });
  expect(await readdir(inJournal())).toHaveLength(2);
  expect([...journal.pending(0)]).toEqual(['b']);
  const third = await another();
  await adopt(third);
  // An entry may be in both: whoever finishes it twice changes nothing.
  expect(new Set(third.pending(0))).toEqual(new Set(['a', 'b']));
});

test('a process that was frozen learns at its heartbeat what it has lost', async () => {
  await journal.write('a', {});
  const other = await another();
  await adopt(other);
  await journal.heartbeat(60_000);
  expect([...journal.pending(0)]).toEqual([]);
  expect([...other.pending(0)]).toEqual(['a']);
});

test('an entry that is being adopted is never out of sight', async () => {
  await journal.write('a', {});
  const watcher = await another();
  let isMoving = true;
  const moving = (async () => {
    for (let turn = 0; turn < 100; turn++) await adopt(await another());
    isMoving = false;
  })();
  while (isMoving) expect(await watcher.has('a')).toBe(true);
  await moving;
});

test('what was being written when the process died is nothing', async () => {
  await journal.write('a', { whole: true });
  const [segment] = (await segments()) as [string];
  await appendFile(segment, '{"uid":"b","content":{"who');
  const other = await another();
  expect(await other.has('b')).toBe(false);
  expect(await adopt(other)).toEqual([]);
  expect([...other.pending(0)]).toEqual(['a']);
});

test('a line that cannot be read hides none of the others, and its segment is kept', async () => {
  for (const index of [1, 2, 3]) await journal.write(uidOf(index), { index });
  const [segment] = (await segments()) as [string];
  const text = await readFile(segment, 'utf8');
  const start = text.indexOf('\n') + 1;
  await truncate(segment, start);
  await appendFile(segment, text.slice(start).replace('{', '\0'));
  const other = await another();
  const damaged = await adopt(other);
  expect(damaged).toHaveLength(1);
  expect(await contentsOf(other)).toEqual([{ index: 1 }, { index: 3 }]);
  for (const uid of [...other.pending(0)]) other.remove(uid);
  await other.heartbeat(60_000);
  expect(await segments()).toEqual(damaged.map((file) => `${file}.damaged`));
});

test('a write that fails is refused, and a later one is not hindered by it', async () => {
  await journal.write('a', {});
  await rm(inJournal(), { recursive: true });
  const writes = await Promise.allSettled([journal.write('b', {}), journal.write('c', {})]);
  expect(writes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  await mkdir(inJournal());
  await journal.write('d', {});
  expect([...journal.pending(0)]).toEqual(['d']);
});

test('segments end, so that those that are finished can go while others are written', async () => {
  const long = 'x'.repeat(3_000_000);
  for (const index of [1, 2, 3, 4, 5, 6, 7]) await journal.write(uidOf(index), { long });
  expect(await segments()).toHaveLength(3);
  for (const uid of [...journal.pending(0)]) journal.remove(uid);
  await journal.write('last', {});
  await journal.heartbeat(60_000);
  const [segment, ...others] = (await segments()) as [string];
  expect(others).toEqual([]);
  expect((await stat(segment)).size).toBeLessThan(8_000_000);
  await rm(segment);
});

test('what is its own stays so while it takes over much from others', async () => {
  for (let count = 0; count < 40; count++) await (await another()).write(uidOf(count), { count });
  for (const segment of await segments()) await utimes(segment, 0, 0);
  await journal.write('own', {});
  await Promise.all(Array.from({ length: 20 }, () => journal.heartbeat(60_000)));
  expect([...journal.pending(0)].sort()).toEqual([...Array.from({ length: 40 }, (_, count) => uidOf(count)), 'own']);
});

test('a segment that was renamed and could not be read then is read later', async () => {
  await journal.write('own', {});
  const owner = path.basename((await segments())[0] as string).split('-')[0];
  await (await another()).write('left', { by: 'another' });
  const left = (await segments()).find((segment) => !path.basename(segment).startsWith(`${owner}-`)) as string;
  await rename(left, path.join(inJournal(), `${owner}-99.log`));
  await adopt(journal);
  expect([...journal.pending(0)].sort()).toEqual(['left', 'own']);
});
