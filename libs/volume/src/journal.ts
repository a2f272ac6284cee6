import { randomUUID } from 'node:crypto';
import { type FileHandle, open, opendir, readFile, rename, stat, unlink } from 'node:fs/promises';
import path from 'node:path';
import { AppError, systemCode } from '@wharf/service-kit';
import { layout } from './layout.js';
import type { FolderSync } from './sync-folder.js';
import type { Durability } from './volume.js';

const entryName = /^([0-9a-f-]{36})\.json$/;

/**
 * What has been promised to a client but is not yet published: one small file an upload, with the event inside.
 * An entry is durable before its data is moved into place, and goes only after the event is in JetStream.
 * Whoever finds an entry (any gateway) may finish it: every step after it is repeatable.
 */
export class Journal {
  constructor(
    private readonly root: string,
    private readonly durability: Durability,
    private readonly folders: FolderSync,
  ) {}

  /**
   * Writes an entry durably: after this returns it survives the machine (with `fsync`). Two writers of one uid do not meet:
   * each has a draft of its own, and the last entry stands.
   */
  async write(uid: string, content: unknown): Promise<void> {
    const target = path.join(this.root, layout.journalEntry(uid));
    const draft = `${target}.${randomUUID()}.draft`;
    const handle = await open(draft, 'wx');
    await writeAndClose(handle, JSON.stringify(content), this.durability);
    await rename(draft, target);
    await this.folders.sync(path.dirname(target));
  }

  /** An entry's content. Throws `file_not_found` when there is none, `internal` when it cannot be read. */
  async read(uid: string): Promise<unknown> {
    try {
      return JSON.parse(await readFile(path.join(this.root, layout.journalEntry(uid)), 'utf8'));
    } catch (cause) {
      if (systemCode(cause) === 'ENOENT') throw new AppError('file_not_found', 'no journal entry', { cause });
      throw new AppError('internal', `the journal entry ${uid} cannot be read`, { cause });
    }
  }

  /** Idempotent. Not synced: an entry that comes back after a power cut is only published once more. */
  async remove(uid: string): Promise<void> {
    await unlink(path.join(this.root, layout.journalEntry(uid))).catch((error: unknown) => {
      if (systemCode(error) !== 'ENOENT') throw error;
    });
  }

  async has(uid: string): Promise<boolean> {
    return (await this.modifiedAtMs(layout.journalEntry(uid))) !== undefined;
  }

  /** The uids of entries that nobody touched for `minAgeMs`: younger ones belong to an upload that is still running. */
  async *pending(minAgeMs: number): AsyncGenerator<string> {
    for await (const entry of await opendir(path.join(this.root, layout.journal))) {
      const uid = entryName.exec(entry.name)?.[1];
      if (!uid) continue;
      const modifiedAtMs = await this.modifiedAtMs(path.join(layout.journal, entry.name));
      if (modifiedAtMs !== undefined && Date.now() - modifiedAtMs >= minAgeMs) yield uid;
    }
  }

  private async modifiedAtMs(relative: string): Promise<number | undefined> {
    try {
      return (await stat(path.join(this.root, relative))).mtimeMs;
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return undefined;
      throw error;
    }
  }
}

async function writeAndClose(handle: FileHandle, text: string, durability: Durability): Promise<void> {
  try {
    await handle.writeFile(text);
    if (durability === 'fsync') await handle.datasync();
  } finally {
    await handle.close();
  }
}
