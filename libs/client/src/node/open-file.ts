import { type FileHandle, open } from 'node:fs/promises';
import path from 'node:path';
import type { LocalFile } from '../uploads/local-file.js';
import type { Pieces } from '../uploads/pieces.js';
import { FilePieces } from './file-pieces.js';

/** A file of the disk, to be uploaded, which closes it. Throws what the disk says, and an error for what is no file. */
export async function openFile(file: string): Promise<LocalFile> {
  const handle = await open(file);
  try {
    const info = await handle.stat({ bigint: true });
    if (!info.isFile()) throw new Error(`${file} is no file`);
    const place = path.resolve(file);
    const fingerprint = [place, info.dev, info.ino, info.size, info.mtimeNs].join('|');
    return new OpenedFile(handle, { name: path.basename(place), sizeBytes: Number(info.size), fingerprint });
  } catch (error) {
    await handle.close();
    throw error;
  }
}

class OpenedFile implements LocalFile {
  readonly name: string;
  readonly sizeBytes: number;
  readonly fingerprint: string;

  constructor(
    private readonly handle: FileHandle,
    { fingerprint, name, sizeBytes }: Pick<LocalFile, 'name' | 'sizeBytes' | 'fingerprint'>,
  ) {
    this.name = name;
    this.sizeBytes = sizeBytes;
    this.fingerprint = fingerprint;
  }

  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    const { bytesRead, buffer } = await this.handle.read(new Uint8Array(this.sizeBytes), 0, this.sizeBytes, 0);
    return buffer.subarray(0, bytesRead);
  }

  pieces(): Pieces {
    return new FilePieces(this.handle, this.sizeBytes);
  }

  close(): Promise<void> {
    return this.handle.close();
  }
}
