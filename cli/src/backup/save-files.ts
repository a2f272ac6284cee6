import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { ListRecords, type LocatedFileRecord } from '@wharf/contracts';
import { type Bus, callRpc } from '@wharf/messaging';
import type { ObjectStore } from '@wharf/object-store';
import { AppError, hasCode, isMissing } from '@wharf/service-kit';
import { layout, type Volume } from '@wharf/volume';
import type { Progress } from '../progress.js';
import { type BackupFolder, filesPart, type SavedFile } from './backup-folder.js';

const pageSize = 500;

export interface Sources {
  bus: Bus;
  volume: Volume;
  store: ObjectStore;
}

export interface FilesTally {
  saved: number;
  /** Files of which no good copy was found: deleted meanwhile, or lost. */
  missing: number;
  sizeBytes: number;
}

/**
 * Saves the bytes of files, once each, from the volume or else from the store: of those that are on the volume alone, or of all
 * with `withObjects`; younger ones than `lastUid` are for the next backup. Every digest is checked on the way; a copy that is not the file is none.
 */
export function saveFiles(
  sources: Sources,
  folder: BackupFolder,
  options: { withObjects: boolean; lastUid: string; progress: Progress },
): Promise<FilesTally> {
  return folder.write(filesPart, async (append) => {
    const tally: FilesTally = { saved: 0, missing: 0, sizeBytes: 0 };
    for await (const record of listRecords(sources.bus)) {
      if (record.uid > options.lastUid) break;
      options.progress.step(record.uid);
      const isWanted = record.local_path !== null || record.cloud_path !== null;
      if (!isWanted || (record.cloud_path !== null && !options.withObjects)) continue;
      const saved = await saveFile(sources, folder, record);
      if (!saved) tally.missing++;
      else {
        tally.saved++;
        tally.sizeBytes += saved.size_bytes;
        await append(Buffer.from(`${JSON.stringify(saved)}\n`));
      }
    }
    return tally;
  });
}

async function* listRecords(bus: Bus): AsyncGenerator<LocatedFileRecord> {
  for (let after: string | null = null; ; ) {
    const page: { files: LocatedFileRecord[] } = await callRpc(bus, ListRecords, { after, limit: pageSize });
    yield* page.files;
    after = page.files.at(-1)?.uid ?? null;
    // A page may hold less than was asked for, with more behind it.
    if (after === null) return;
  }
}

async function saveFile(
  { store, volume }: Sources,
  folder: BackupFolder,
  record: LocatedFileRecord,
): Promise<SavedFile | undefined> {
  const { cloud_path, content_type, local_path, sha256, size_bytes, uid } = record;
  const place = layout.file(uid);
  /** Of an attachment that nobody has read before. */
  let foundSha256 = sha256;
  const isWhole = async (open: () => Promise<Readable>) => {
    const handle = await folder.createFile(place);
    try {
      const copied = await copyTo(handle, open);
      foundSha256 ??= copied ?? null;
      return copied !== undefined && copied === foundSha256;
    } finally {
      await handle.close();
    }
  };
  const found =
    (local_path !== null && (await isWhole(async () => createReadStream(volume.resolve(local_path))))) ||
    (cloud_path !== null && (await isWhole(() => store.read(store.keyOf(cloud_path)))));
  return found && foundSha256 !== null
    ? { uid, sha256: foundSha256, size_bytes, content_type, local_path, cloud_path, place }
    : undefined;
}

/** The digest of what was copied, or undefined where there is nothing to copy. Throws `unavailable` while the store is away. */
async function copyTo(handle: FileHandle, open: () => Promise<Readable>): Promise<string | undefined> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of await open()) {
      hash.update(chunk as Buffer);
      await handle.appendFile(chunk as Buffer);
    }
    await handle.datasync();
    return hash.digest('hex');
  } catch (error) {
    if (hasCode(error, 'unavailable')) throw error;
    if (error instanceof AppError || isMissing(error)) return undefined;
    throw error;
  }
}
