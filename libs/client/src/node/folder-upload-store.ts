import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { UploadStore } from '../uploads/upload-store.js';

/** Remembers uploads in a folder, one small file each, so that programs at the same time do not disturb one another. */
export class FolderUploadStore implements UploadStore {
  constructor(private readonly folder: string) {}

  async find(fingerprint: string): Promise<string | undefined> {
    try {
      return (await readFile(this.fileOf(fingerprint), 'utf8')).trim() || undefined;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** Whole or not at all. */
  async keep(fingerprint: string, url: string): Promise<void> {
    const file = this.fileOf(fingerprint);
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const draft = `${file}.${process.pid}`;
    await writeFile(draft, `${url}\n`, { mode: 0o600 });
    await rename(draft, file);
  }

  forget(fingerprint: string): Promise<void> {
    return rm(this.fileOf(fingerprint), { force: true });
  }

  private fileOf(fingerprint: string): string {
    return path.join(this.folder, createHash('sha256').update(fingerprint).digest('hex'));
  }
}
