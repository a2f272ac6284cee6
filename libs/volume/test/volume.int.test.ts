import { mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import {
  findLeftovers,
  lateVolume,
  layout,
  moveToQuarantine,
  type Staged,
  statFile,
  uidOfFile,
  Volume,
  walkFiles,
} from '../src/index.js';

const uid = '01936f2e-8a3b-7c4d-9e5f-0123456789ab';
const other = '01936f2e-8a3b-7c4d-9e5f-0123456789ac';
let root: string;
let volume: Volume;

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'volume-'));
  volume = await Volume.open(root, { durability: 'fsync' });
});

afterEach(() => rm(root, { recursive: true }));

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const collected: Item[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

async function stage(id: string, text: string): Promise<Staged> {
  const staging = volume.stage(id);
  await staging.write([Buffer.from(text.slice(0, 2)), Buffer.from(text.slice(2))]);
  return staging.finish();
}

const place = async (id: string, text: string) => volume.place(await stage(id, text));
/** As a long body is staged. */
const stageInFile = (id: string, text: string) => writeFile(path.join(root, layout.staged(id)), text);
const eventOf = (id: string) => ({ data: { uid: id } });
const storedFile = (id: string) => readFile(path.join(root, layout.file(id)), 'utf8');

test('a service that only uses a volume makes none, and opens it once it is there', async () => {
  const mountPoint = path.join(root, 'mount');
  await mkdir(mountPoint);
  const openVolume = lateVolume(mountPoint);
  await expect(openVolume()).rejects.toMatchObject({ code: 'unavailable' });
  expect(await readdir(mountPoint)).toEqual([]);
  await Volume.open(mountPoint, { durability: 'os' });
  await (await openVolume()).probe();
});

test('files are spread by the time of their uid', async () => {
  expect(await place(uid, 'hello')).toBe(`files/f2/e8/${uid}`);
  const handle = await volume.openFile(layout.file(uid));
  expect(await handle.readFile('utf8')).toBe('hello');
  await handle.close();
});

test('a link in the place of a file is not followed', async () => {
  await writeFile(path.join(root, 'secret'), 'secret');
  await place(uid, 'hello');
  await rm(volume.resolve(layout.file(uid)));
  await symlink(path.join(root, 'secret'), volume.resolve(layout.file(uid)));
  await expect(volume.openFile(layout.file(uid))).rejects.toMatchObject({ code: 'file_not_found' });
});

test('a long body that was staged under another uid takes the place of what was staged, as a whole', async () => {
  await stageInFile(uid, 'first');
  await stageInFile(other, 'second');
  const staged: Staged = { uid: other, sizeBytes: 6, sha256: '', head: Buffer.alloc(0), bytes: undefined };
  await volume.store(eventOf(uid), staged);
  expect(await readdir(path.join(root, 'incoming'))).toEqual([]);
  expect(await storedFile(uid)).toBe('second');
  await expect(volume.store(eventOf(uid), staged)).rejects.toMatchObject({ code: 'file_not_found' });
});

test('moves that nobody waits for become durable soon, or at once when asked', async () => {
  for (const id of [uid, other]) {
    await stageInFile(id, id);
    await volume.journal.write(id, eventOf(id));
  }
  const stored = [await volume.finishStoring(uid, undefined), await volume.finishStoring(other, undefined)];
  let isDurable = false;
  const durable = Promise.all(stored.map((file) => file.complete())).then(() => {
    isDurable = true;
  });
  await volume.flush();
  expect(isDurable).toBe(true);
  await durable;
  expect([...volume.journal.pending(0)]).toEqual([]);
  await (await volume.finishStoring(uid, undefined)).complete();
  expect(await storedFile(uid)).toBe(uid);
});

test('short bodies go straight to their places, again and again, and become durable', async () => {
  const files = Array.from({ length: 200 }, (_, index) => {
    const id = `${uid.slice(0, -4)}${index.toString(16).padStart(4, '0')}`;
    return { id, bytes: Buffer.from(`bytes of ${index}`) };
  });
  const stored = await Promise.all([...files, ...files].map(({ id, bytes }) => volume.finishStoring(id, bytes)));
  for (const { id, bytes } of files) expect(await storedFile(id)).toBe(bytes.toString());
  await Promise.all(stored.map((file) => file.complete()));
  await volume.flush();
  await volume.close();
});

test('a short body that cannot be written is refused with what the file system says, and hinders no other', async () => {
  await rm(path.join(root, 'files'), { recursive: true });
  await writeFile(path.join(root, 'files'), 'no folder');
  const [refused] = await Promise.allSettled([place(uid, 'x')]);
  expect(refused).toMatchObject({ status: 'rejected', reason: { code: 'ENOTDIR' } });
  await rm(path.join(root, 'files'));
  await place(uid, 'x');
  await volume.close();
});

test('finishing can be repeated, and fails where there is nothing', async () => {
  await stageInFile(uid, 'hello');
  await volume.finishStoring(uid, undefined);
  await volume.finishStoring(uid, undefined);
  expect(await storedFile(uid)).toBe('hello');
  await expect(volume.finishStoring(other, undefined)).rejects.toMatchObject({ code: 'file_not_found' });
});

test('a short body that was there is written over, and does not come back where it has gone meanwhile', async () => {
  await volume.finishStoring(uid, Buffer.from('hel'));
  await volume.finishStoring(uid, Buffer.from('hello'), { isThere: true });
  expect(await storedFile(uid)).toBe('hello');
  await volume.remove(layout.file(uid));
  const finishing = volume.finishStoring(uid, Buffer.from('hello'), { isThere: true });
  await expect(finishing).rejects.toMatchObject({ code: 'unavailable' });
  expect(await volume.sizeOf(layout.file(uid))).toBeUndefined();
});

test('what is revoked leaves nothing, staged or stored', async () => {
  await volume.store(eventOf(uid), await stage(uid, 'hello'));
  await stageInFile(uid, 'hello');
  await volume.revoke(uid);
  await volume.revoke(uid);
  expect([...volume.journal.pending(0)]).toEqual([]);
  expect(await readdir(path.join(root, 'incoming'))).toEqual([]);
  expect(await volume.sizeOf(layout.file(uid))).toBeUndefined();
});

test('a discarded file leaves nothing', async () => {
  const staging = volume.stage(uid);
  await staging.write([Buffer.alloc(100_000)]);
  await staging.discard();
  await staging.discard();
  expect(await readdir(path.join(root, 'incoming'))).toEqual([]);
});

test('removing tells what it freed, and is idempotent', async () => {
  await place(uid, 'hello');
  expect(await volume.remove(layout.file(uid))).toBe(5);
  expect(await volume.remove(layout.file(uid))).toBe(0);
});

test('no path leads out of the volume', () => {
  expect(() => volume.resolve('../outside')).toThrow(/out of the volume/);
  expect(() => volume.resolve('/etc/passwd')).toThrow(/out of the volume/);
});

test('leftovers are old staged files, but not what the journal speaks of', async () => {
  const old = new Date(Date.now() - 3_600_000);
  for (const id of [uid, other]) await stageInFile(id, 'hello');
  await volume.journal.write(other, {});
  const young = '01936f2e-8a3b-7c4d-9e5f-0123456789ad';
  await stageInFile(young, 'young');
  for (const file of [layout.staged(uid), layout.staged(other)]) await utimes(path.join(root, file), old, old);
  const found = await collect(findLeftovers(volume, 60_000));
  expect(found.map((leftover) => leftover.localPath)).toEqual([layout.staged(uid)]);
});

test('a file is set aside and comes back; what was moved already stays where it is', async () => {
  const stored = await place(uid, 'hello');
  const aside = await moveToQuarantine(volume, 'a-run', stored);
  expect(aside).toBe(`quarantine/a-run/files/f2/e8/${uid}`);
  expect(await moveToQuarantine(volume, 'a-run', stored)).toBe(aside);
  expect(await volume.sizeOf(stored)).toBeUndefined();
  await volume.move(aside, stored);
  expect(await readFile(volume.resolve(stored), 'utf8')).toBe('hello');
  expect(await volume.sizeOf(aside)).toBeUndefined();
});

test('a move never replaces a file, and needs one', async () => {
  for (const id of [uid, other]) {
    await place(id, id);
  }
  await expect(volume.move(layout.file(uid), layout.file(other))).rejects.toMatchObject({ code: 'conflict' });
  expect(await readFile(volume.resolve(layout.file(other)), 'utf8')).toBe(other);
  await expect(volume.move('files/00/00/none', 'files/00/00/new')).rejects.toMatchObject({ code: 'file_not_found' });
  await expect(volume.move(layout.file(uid), '../outside')).rejects.toMatchObject({ code: 'internal' });
});

test('a walk meets every file, whatever its name, and not what was set aside', async () => {
  for (const id of [uid, other]) {
    await place(id, id);
  }
  await mkdir(path.join(root, 'files', '00'), { recursive: true });
  await writeFile(path.join(root, 'files', '00', 'stray'), 'x');
  await writeFile(path.join(root, 'files', '.nfs0001'), 'x');
  await moveToQuarantine(volume, 'a-run', await place(`${uid.slice(0, -1)}d`, 'aside'));
  const found = await collect(walkFiles(volume));
  expect(found.map((file) => file.localPath).sort()).toEqual(['files/00/stray', layout.file(uid), layout.file(other)]);
  expect(found.find((file) => file.localPath === 'files/00/stray')).toMatchObject({ sizeBytes: 1 });
});

test('a file that was moved changed just now, however old its bytes are', async () => {
  await stageInFile(uid, 'hello');
  await utimes(path.join(root, layout.staged(uid)), new Date(0), new Date(0));
  await volume.finishStoring(uid, undefined);
  const { changedAt } = (await statFile(volume, layout.file(uid))) ?? { changedAt: new Date(0) };
  expect(Date.now() - changedAt.getTime()).toBeLessThan(60_000);
  expect(await statFile(volume, layout.file(other))).toBeUndefined();
});

test('a log is new, and is not written over', async () => {
  const log = await volume.createLog(layout.auditReport('a-run'));
  await log.appendFile('line');
  await log.close();
  await expect(volume.createLog(layout.auditReport('a-run'))).rejects.toMatchObject({ code: 'EEXIST' });
  expect(await readFile(path.join(root, 'audits', 'a-run.jsonl'), 'utf8')).toBe('line');
});

test('the uid of a path is its last part, where that is one', () => {
  expect(uidOfFile(layout.file(uid))).toBe(uid);
  expect(uidOfFile('files/f2/e8/readme.txt')).toBeUndefined();
});
