import { openAsBlob } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';

export interface OpenedFile {
  /** Read from the disk as it is sent. Reading fails where the file changes meanwhile. */
  blob: Blob;
  name: string;
  /** Of this file as it is now; one that was written to since is another one. */
  fingerprint: string;
}

/** A file of the disk, to be uploaded. Throws what the disk says, and an error for what is no file. */
export async function openFile(file: string): Promise<OpenedFile> {
  const info = await stat(file, { bigint: true });
  if (!info.isFile()) throw new Error(`${file} is no file`);
  const place = path.resolve(file);
  const fingerprint = [place, info.dev, info.ino, info.size, info.mtimeNs].join('|');
  return { blob: await openAsBlob(file), name: path.basename(place), fingerprint };
}
