import { randomBytes } from 'node:crypto';
import { newUid } from '@wharf/test-kit';
import { layout } from '@wharf/volume';
import type { AuditWorld, TestFile } from './audit-world.js';

type Uid = { uid: string };

export interface Divergence {
  /** What the audit has to say: `<class> <place>`. */
  found: string[];
  /** Nothing can be done about it. */
  isLost?: boolean;
  /** A record was made for it by so many events, which no undo takes away. */
  announcements?: number;
  isAbort?: boolean;
}

type Make = (world: AuditWorld, file: TestFile) => Promise<Divergence>;

const otherBytes = ({ bytes }: TestFile) => Buffer.from(bytes.map((byte) => byte ^ 0xff));
const forget = (world: AuditWorld, { uid }: Uid) => world.query('delete from files where uid = $1', [uid]);
const removeLocal = (world: AuditWorld, { localPath }: TestFile) => world.volume.remove(localPath);
const removeObject = (world: AuditWorld, { key }: TestFile) => world.store.remove(key);

async function archive(world: AuditWorld, file: TestFile): Promise<void> {
  await world.purge(file);
  await world.untilStatus([file], 'archived');
}

/** As if the news of the copy had never been recorded. */
function unsync(world: AuditWorld, { uid }: Uid) {
  return world.query("update files set status = 'stored', cloud_path = null, synced_at = null where uid = $1", [uid]);
}

/** What can become of a file with both copies: ways in which the sides come to disagree about it, and some in which they do not. */
export const divergences: Record<string, Make> = {
  'local copy gone': async (world, file) => {
    await removeLocal(world, file);
    return { found: [`local_missing ${file.localPath}`] };
  },
  'object gone': async (world, file) => {
    await removeObject(world, file);
    return { found: [`object_missing ${file.key}`] };
  },
  'object of an archived file gone': async (world, file) => {
    await archive(world, file);
    await removeObject(world, file);
    return { found: [`object_missing ${file.key}`], isLost: true };
  },
  'both gone': async (world, file) => {
    await removeLocal(world, file);
    await removeObject(world, file);
    return { found: [`local_missing ${file.localPath}`, `object_missing ${file.key}`], isLost: true };
  },
  'local copy too short': async (world, file) => {
    await world.plantFile(file.localPath, file.bytes.subarray(1));
    return { found: [`local_mismatch ${file.localPath}`] };
  },
  'local copy of other bytes': async (world, file) => {
    await world.plantFile(file.localPath, otherBytes(file));
    return { found: [`local_mismatch ${file.localPath}`] };
  },
  'object too long': async (world, file) => {
    await world.plantObject(file.key, Buffer.concat([file.bytes, file.bytes]), file);
    return { found: [`object_mismatch ${file.key}`] };
  },
  'object of other bytes that claims to be right': async (world, file) => {
    await world.plantObject(file.key, otherBytes(file), file);
    return { found: [`object_mismatch ${file.key}`] };
  },
  'object of the right bytes that does not say so': async (world, file) => {
    await world.plantObject(file.key, file.bytes);
    return { found: [`object_mismatch ${file.key}`] };
  },
  'both of other bytes': async (world, file) => {
    await world.plantFile(file.localPath, otherBytes(file));
    await world.plantObject(file.key, otherBytes(file), file);
    return { found: [`local_mismatch ${file.localPath}`, `object_mismatch ${file.key}`], isLost: true };
  },
  'local copy gone, object of other bytes': async (world, file) => {
    await removeLocal(world, file);
    await world.plantObject(file.key, otherBytes(file), file);
    return { found: [`local_missing ${file.localPath}`, `object_mismatch ${file.key}`], isLost: true };
  },
  'local copy of other bytes, object gone': async (world, file) => {
    await world.plantFile(file.localPath, otherBytes(file));
    await removeObject(world, file);
    return { found: [`local_mismatch ${file.localPath}`, `object_missing ${file.key}`], isLost: true };
  },
  'never copied': async (world, file) => {
    await unsync(world, file);
    await removeObject(world, file);
    return { found: [`stuck ${file.localPath}`] };
  },
  'copied, never recorded': async (world, file) => {
    await unsync(world, file);
    return { found: [`stuck ${file.localPath}`] };
  },
  'never copied, with a wrong object in the way': async (world, file) => {
    await unsync(world, file);
    await world.plantObject(file.key, otherBytes(file));
    return { found: [`stuck ${file.localPath}`] };
  },
  'copied, never recorded, local copy gone': async (world, file) => {
    await unsync(world, file);
    await removeLocal(world, file);
    return { found: [`local_missing ${file.localPath}`] };
  },
  'never copied, local copy gone': async (world, file) => {
    await unsync(world, file);
    await removeLocal(world, file);
    await removeObject(world, file);
    return { found: [`local_missing ${file.localPath}`], isLost: true };
  },
  'a file nobody announced': async (world) => {
    const { localPath } = await world.writeFile();
    return { found: [`local_unrecorded ${localPath}`] };
  },
  'a file that the journal has promised': async (world) => {
    const { uid } = await world.writeFile();
    await world.volume.journal.write(uid, {});
    return { found: [] };
  },
  'refused by a scan': async (world, file) => {
    await unsync(world, file);
    await world.query("update files set status = 'quarantined' where uid = $1", [file.uid]);
    await removeObject(world, file);
    return { found: [] };
  },
  archived: async (world, file) => {
    await archive(world, file);
    return { found: [] };
  },
  deleted: async (world, file) => {
    await world.delete(file);
    return { found: [] };
  },
  'a file of another name': async (world) => {
    const localPath = `files/ab/cd/${randomBytes(6).toString('hex')}.txt`;
    await world.plantFile(localPath, randomBytes(9));
    return { found: [`local_unrecorded ${localPath}`] };
  },
  'a second local copy in another folder': async (world, file) => {
    const localPath = `files/zz/${file.uid}`;
    await world.plantFile(localPath, file.bytes);
    return { found: [`local_unrecorded ${localPath}`] };
  },
  'an object nobody announced': async (world) => {
    const key = world.store.keyFor(newUid());
    await world.plantObject(key, randomBytes(9));
    return { found: [`object_unrecorded ${key}`] };
  },
  'a second object under another key': async (world, file) => {
    const key = `files/elsewhere/${file.uid}`;
    await world.plantObject(key, file.bytes, file);
    return { found: [`object_unrecorded ${key}`] };
  },
  'record forgotten': async (world, file) => {
    await forget(world, file);
    const found = [`local_unrecorded ${file.localPath}`, `object_unrecorded ${file.key}`];
    return { found, announcements: 1 };
  },
  'record forgotten, object gone': async (world, file) => {
    await forget(world, file);
    await removeObject(world, file);
    return { found: [`local_unrecorded ${file.localPath}`], announcements: 1 };
  },
  'record of an archived file forgotten': async (world, file) => {
    await archive(world, file);
    await forget(world, file);
    return { found: [`object_unrecorded ${file.key}`], announcements: 2 };
  },
  'record forgotten, local copy of other bytes': async (world, file) => {
    await forget(world, file);
    await world.plantFile(file.localPath, otherBytes(file));
    const found = [`local_unrecorded ${file.localPath}`, `object_unrecorded ${file.key}`];
    return { found, announcements: 2 };
  },
  'record forgotten, both of other bytes': async (world, file) => {
    await forget(world, file);
    await world.plantFile(file.localPath, otherBytes(file));
    await world.plantObject(file.key, otherBytes(file), file);
    return { found: [`local_unrecorded ${file.localPath}`, `object_unrecorded ${file.key}`] };
  },
  'deleted, then forgotten, bytes left': async (world, file) => {
    await world.delete(file);
    await forget(world, file);
    await world.plantFile(file.localPath, file.bytes);
    await world.plantObject(file.key, file.bytes, file);
    return { found: [`local_unrecorded ${file.localPath}`, `object_unrecorded ${file.key}`] };
  },
  'deleted, local bytes left': async (world, file) => {
    await world.delete(file);
    await world.plantFile(file.localPath, file.bytes);
    return { found: [`local_unrecorded ${file.localPath}`] };
  },
  'deleted, object left': async (world, file) => {
    await world.delete(file);
    await world.plantObject(file.key, file.bytes, file);
    return { found: [`object_unrecorded ${file.key}`] };
  },
  'archived, local copy left': async (world, file) => {
    await archive(world, file);
    await world.plantFile(file.localPath, file.bytes);
    return { found: [`local_unrecorded ${file.localPath}`] };
  },
  'refused by a scan, local copy gone': async (world, file) => {
    await unsync(world, file);
    await world.query("update files set status = 'quarantined' where uid = $1", [file.uid]);
    await removeLocal(world, file);
    await removeObject(world, file);
    return { found: [`local_missing ${file.localPath}`], isLost: true };
  },
  'a part nobody finishes': async (world) => {
    const localPath = layout.staged(newUid());
    await world.plantFile(localPath, randomBytes(30));
    return { found: [`stale_part ${localPath}`] };
  },
  'a multipart upload nobody finishes': async (world) => {
    const key = world.store.keyFor(newUid());
    await world.bucket.beginUpload(key, 1);
    return { found: [`abandoned_multipart ${key}`], isAbort: true };
  },
};
