import { pipeline } from 'node:stream/promises';
import { isSameObject, type ObjectStore } from '@wharf/object-store';
import { AppError, ifMissing } from '@wharf/service-kit';
import type { Staged, Volume } from '@wharf/volume';
import type { Progress } from '../progress.js';
import { type BackupFolder, filesPart, SavedFile } from './backup-folder.js';

export async function* listSavedFiles(folder: BackupFolder): AsyncGenerator<SavedFile> {
  for await (const line of folder.lines(filesPart)) yield SavedFile.parse(JSON.parse(line));
}

/** Puts bytes back to where their records say that they are; what is there already stays as it is. */
export async function restoreFiles(
  { store, volume }: { store: ObjectStore; volume: Volume },
  folder: BackupFolder,
  progress: Progress,
): Promise<void> {
  for await (const file of listSavedFiles(folder)) {
    progress.step(file.uid);
    if (file.local_path !== null) await restoreLocal(volume, folder, file);
    if (file.cloud_path !== null) await restoreObject(store, folder, file, store.keyOf(file.cloud_path));
  }
}

async function restoreLocal(volume: Volume, folder: BackupFolder, file: SavedFile): Promise<void> {
  if ((await volume.sizeOf(file.local_path as string)) === file.size_bytes) return;
  const staging = volume.stage(file.uid);
  let staged: Staged;
  try {
    await pipeline(folder.read(file.place), async (chunks) => {
      for await (const chunk of chunks) await staging.write([chunk as Buffer]);
    });
    staged = await staging.finish();
    if (staged.sha256 !== file.sha256) throw new AppError('conflict', `${file.place} of the backup has changed`);
  } catch (error) {
    await staging.discard();
    throw error;
  }
  await volume.place(staged);
}

async function restoreObject(store: ObjectStore, folder: BackupFolder, file: SavedFile, key: string): Promise<void> {
  const { content_type: contentType, sha256, size_bytes: sizeBytes, uid } = file;
  const found = await ifMissing(store.stat(key));
  if (found && isSameObject(found, { uid, sizeBytes, sha256 })) return;
  await store.put(key, { path: folder.resolve(file.place), uid, sizeBytes, sha256, contentType });
}
