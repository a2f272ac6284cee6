import { mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import {
  findLeftovers,
  lateVolume,
  layout,
  moveToQuarantine,
  statFile,
  uidOfFile,
  Volume,
  walkFiles,
} from './index.js';

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

async function writePart(id: string, text: string) {
  const writer = volume.createPart(id);
  await writer.write([Buffer.from(text.slice(0, 2)), Buffer.from(text.slice(2))]);
  return writer.finish();
}

test('a service that only uses a volume makes none, and opens it once it is there', async () => {
  const mountPoint = path.join(root, 'mount');
  await mkdir(mountPoint);
  const openVolume = lateVolume(mountPoint);
  await expect(openVolume()).rejects.toMatchObject({ code: 'unavailable' });
  expect(await readdir(mountPoint)).toEqual([]);
  await Volume.open(mountPoint, { durability: 'os' });
  await (await openVolume()).probe();
});

test('a part is hashed and counted on its way', async () => {
  expect(await writePart(uid, 'hello')).toEqual({
    sizeBytes: 5,
    sha256: '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',
    head: Buffer.from('hello'),
  });
});

test('MD5 is computed where it is asked for', async () => {
  const writer = volume.createPart(uid, { withMd5: true });
  await writer.write([Buffer.from('hello')]);
  expect(await writer.finish()).toMatchObject({ md5: '5d41402abc4b2a76b9719d911017c592' });
});

test('files are spread by the time of their uid', async () => {
  await writePart(uid, 'hello');
  expect(await volume.commitPart(uid)).toBe(`files/f2/e8/${uid}`);
  const handle = await volume.openFile(layout.file(uid));
  expect(await handle.readFile('utf8')).toBe('hello');
  await handle.close();
});

test('a link in the place of a file is not followed', async () => {
  await writeFile(path.join(root, 'secret'), 'secret');
  await writePart(uid, 'hello');
  await volume.commitPart(uid);
  await rm(volume.resolve(layout.file(uid)));
  await symlink(path.join(root, 'secret'), volume.resolve(layout.file(uid)));
  await expect(volume.openFile(layout.file(uid))).rejects.toMatchObject({ code: 'file_not_found' });
});

test('a part that is adopted takes the place of what had the name, as a whole', async () => {
  await writePart(uid, 'first');
  await writePart(other, 'second');
  await volume.adoptPart(other, uid);
  expect(await readdir(path.join(root, 'incoming'))).toEqual([`${uid}.part`]);
  await volume.commitPart(uid);
  expect(await volume.sizeOf(layout.file(uid))).toBe('second'.length);
  await expect(volume.adoptPart(other, uid)).rejects.toMatchObject({ code: 'file_not_found' });
});

test('moves that nobody waits for become durable soon, or at once when asked', async () => {
  await writePart(uid, 'one');
  await writePart(other, 'two');
  const places = [await volume.placePart(uid), await volume.placePart(other)];
  let isDurable = false;
  const durable = Promise.all(places.map((place) => place.makeDurable())).then(() => {
    isDurable = true;
  });
  await volume.finishPlacing();
  expect(isDurable).toBe(true);
  await durable;
  const late = await volume.placePart(uid);
  await late.makeDurable();
  expect(await volume.sizeOf(layout.file(uid))).toBe('one'.length);
});

test('short parts go straight to their places, again and again, and become durable', async () => {
  const files = Array.from({ length: 200 }, (_, index) => {
    const id = `${uid.slice(0, -4)}${index.toString(16).padStart(4, '0')}`;
    return { id, bytes: Buffer.from(`bytes of ${index}`) };
  });
  const places = await Promise.all([...files, ...files].map(({ id, bytes }) => volume.placeBytes(id, bytes)));
  for (const { id, bytes } of files) expect(await readFile(path.join(root, layout.file(id)))).toEqual(bytes);
  await Promise.all(places.map((place) => place.makeDurable()));
  await volume.finishPlacing();
  await volume.close();
});

test('a short part that cannot be written is refused with what the file system says, and hinders no other', async () => {
  await rm(path.join(root, 'files'), { recursive: true });
  await writeFile(path.join(root, 'files'), 'no folder');
  const [refused] = await Promise.allSettled([volume.placeBytes(uid, Buffer.from('x'))]);
  expect(refused).toMatchObject({ status: 'rejected', reason: { code: 'ENOTDIR' } });
  await rm(path.join(root, 'files'));
  await (await volume.placeBytes(uid, Buffer.from('x'))).makeDurable();
  await volume.close();
});

test('a commit can be repeated, and fails where there is nothing', async () => {
  await writePart(uid, 'hello');
  await volume.commitPart(uid);
  expect(await volume.commitPart(uid)).toBe(layout.file(uid));
  await expect(volume.commitPart(other)).rejects.toMatchObject({ code: 'file_not_found' });
});

test('a discarded part leaves nothing', async () => {
  const writer = volume.createPart(uid);
  await writer.write([Buffer.from('half')]);
  await writer.discard();
  await writer.discard();
  expect(await readdir(path.join(root, 'incoming'))).toEqual([]);
});

test('removing tells what it freed, and is idempotent', async () => {
  await writePart(uid, 'hello');
  await volume.commitPart(uid);
  expect(await volume.remove(layout.file(uid))).toBe(5);
  expect(await volume.remove(layout.file(uid))).toBe(0);
});

test('no path leads out of the volume', () => {
  expect(() => volume.resolve('../outside')).toThrow(/out of the volume/);
  expect(() => volume.resolve('/etc/passwd')).toThrow(/out of the volume/);
});

test('leftovers are old parts, but not what the journal speaks of', async () => {
  const old = new Date(Date.now() - 3_600_000);
  for (const id of [uid, other]) await writePart(id, 'hello');
  await volume.journal.write(other, {});
  const young = '01936f2e-8a3b-7c4d-9e5f-0123456789ad';
  await writePart(young, 'young');
  for (const file of [layout.part(uid), layout.part(other)]) await utimes(path.join(root, file), old, old);
  const found = await collect(findLeftovers(volume, 60_000));
  expect(found.map((leftover) => leftover.localPath)).toEqual([layout.part(uid)]);
});

test('a file is set aside and comes back; what was moved already stays where it is', async () => {
  await writePart(uid, 'hello');
  const place = await volume.commitPart(uid);
  const aside = await moveToQuarantine(volume, 'a-run', place);
  expect(aside).toBe(`quarantine/a-run/files/f2/e8/${uid}`);
  expect(await moveToQuarantine(volume, 'a-run', place)).toBe(aside);
  expect(await volume.sizeOf(place)).toBeUndefined();
  await volume.move(aside, place);
  expect(await readFile(volume.resolve(place), 'utf8')).toBe('hello');
  expect(await volume.sizeOf(aside)).toBeUndefined();
});

test('a move never replaces a file, and needs one', async () => {
  for (const id of [uid, other]) {
    await writePart(id, id);
    await volume.commitPart(id);
  }
  await expect(volume.move(layout.file(uid), layout.file(other))).rejects.toMatchObject({ code: 'conflict' });
  expect(await readFile(volume.resolve(layout.file(other)), 'utf8')).toBe(other);
  await expect(volume.move('files/00/00/none', 'files/00/00/new')).rejects.toMatchObject({ code: 'file_not_found' });
  await expect(volume.move(layout.file(uid), '../outside')).rejects.toMatchObject({ code: 'internal' });
});

test('a walk meets every file, whatever its name, and not what was set aside', async () => {
  for (const id of [uid, other]) {
    await writePart(id, id);
    await volume.commitPart(id);
  }
  await mkdir(path.join(root, 'files', '00'), { recursive: true });
  await writeFile(path.join(root, 'files', '00', 'stray'), 'x');
  await writeFile(path.join(root, 'files', '.nfs0001'), 'x');
  await writePart(`${uid.slice(0, -1)}d`, 'aside');
  await moveToQuarantine(volume, 'a-run', await volume.commitPart(`${uid.slice(0, -1)}d`));
  const found = await collect(walkFiles(volume));
  expect(found.map((file) => file.localPath).sort()).toEqual(['files/00/stray', layout.file(uid), layout.file(other)]);
  expect(found.find((file) => file.localPath === 'files/00/stray')).toMatchObject({ sizeBytes: 1 });
});

test('a file that was moved changed just now, however old its bytes are', async () => {
  await writePart(uid, 'hello');
  await utimes(path.join(root, layout.part(uid)), new Date(0), new Date(0));
  await volume.commitPart(uid);
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
