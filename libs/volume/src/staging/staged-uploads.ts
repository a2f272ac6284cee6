import { constants, copyFile, type FileHandle, open, opendir, stat, truncate, unlink } from 'node:fs/promises';
import path from 'node:path';
import { ifMissing } from '@wharf/service-kit';
import { layout, type UploadPlace, uidOfStaged, uploadOfStaged } from '../layout.js';
import type { FileHash } from '../threads/hash-threads.js';
import { headBytes, type Staged } from './body.js';
import type { StagingResources } from './long-body.js';
import { bytesLost } from './staging-file.js';
import { type AppendOptions, UploadFile } from './upload-file.js';

/** What a hash thread reads at one go: others that it hashes for wait as long. */
const readBytes = 8 * 1024 * 1024;

const pieceBytes = 1024 * 1024;

export interface StagedUpload {
  uid: string;
  /** Undefined where the file was about to be stored, or is none of a resumable upload. */
  epoch: number | undefined;
  modifiedMs: number;
}

/**
 * Staged files that are received in several requests, on any gateway. `Volume.stage` receives a body whole, or leaves nothing; these stay until
 * their upload is stored or removed.
 */
export class StagedUploads {
  constructor(
    private readonly root: string,
    private readonly resources: StagingResources,
  ) {}

  /** An empty file. */
  async create(place: UploadPlace): Promise<void> {
    await (await open(this.pathOf(place), 'a')).close();
  }

  /** To append to it. Close what you get. What it writes and how it closes throws `file_not_found` where bytes before `offset` are gone. */
  append(place: UploadPlace, options: AppendOptions): UploadFile {
    return new UploadFile(this.pathOf(place), this.resources, options);
  }

  /**
   * The first `sizeBytes` of a file as another one, durably: whoever still writes behind them in the first one does the second no harm. Shares
   * them where the file system can.
   */
  async copy(from: UploadPlace, to: UploadPlace, sizeBytes: number): Promise<void> {
    const target = this.pathOf(to);
    if (sizeBytes === 0) return this.create(to);
    await copyFile(this.pathOf(from), target, constants.COPYFILE_FICLONE);
    await truncate(target, sizeBytes);
    if (this.resources.durability !== 'fsync') return;
    const file = await open(target, 'r+');
    try {
      await file.datasync();
    } finally {
      await file.close();
    }
    await this.resources.folders.sync(path.dirname(target));
  }

  /** Its bytes from `start` to `end`, which is not among them. Throws `file_not_found` where they are not there. */
  async *read(place: UploadPlace, start: number, end: number): AsyncGenerator<Buffer> {
    if (start === end) return;
    const file = await openThere(this.pathOf(place));
    let position = start;
    for await (const piece of file.createReadStream({ start, end: end - 1, highWaterMark: pieceBytes })) {
      position += piece.length;
      yield piece;
    }
    if (position < end) throw bytesLost();
  }

  /** A file that is whole. Reads it once, unless `hash` has seen all of it. Throws `file_not_found`. */
  async finish(place: UploadPlace, sizeBytes: number, hash?: FileHash): Promise<Staged> {
    const uid = layout.stagedUpload(place);
    const file = await openThere(this.pathOf(place));
    try {
      const head = Buffer.alloc(Math.min(headBytes, sizeBytes));
      await file.read(head, 0, head.length, 0);
      const digests = await (hash ?? (await this.hash(file.fd, sizeBytes))).digest();
      return { uid, sizeBytes, ...digests, head, bytes: undefined };
    } finally {
      await file.close();
    }
  }

  /** Idempotent. */
  async remove(place: UploadPlace): Promise<void> {
    await ifMissing(unlink(this.pathOf(place)));
  }

  async exists(place: UploadPlace): Promise<boolean> {
    return (await ifMissing(stat(this.pathOf(place)))) !== undefined;
  }

  /** Every file that is of an upload, or may be. */
  async *list(): AsyncGenerator<StagedUpload> {
    for await (const { name } of await opendir(path.join(this.root, layout.incoming))) {
      const { uid, epoch } = uploadOfStaged(name) ?? { uid: uidOfStaged(name), epoch: undefined };
      const info = uid && (await ifMissing(stat(path.join(this.root, layout.incoming, name))));
      if (uid && info) yield { uid, epoch, modifiedMs: info.mtimeMs };
    }
  }

  private async hash(fd: number, sizeBytes: number): Promise<FileHash> {
    const hash = this.resources.hashThreads.begin(['sha256']);
    try {
      for (let position = 0; position < sizeBytes; position += readBytes) {
        await hash.updateFrom({ fd, position, length: Math.min(readBytes, sizeBytes - position) });
      }
      return hash;
    } catch (error) {
      hash.drop();
      throw error;
    }
  }

  private pathOf(place: UploadPlace): string {
    return path.join(this.root, layout.staged(layout.stagedUpload(place)));
  }
}

async function openThere(path: string): Promise<FileHandle> {
  const file = await ifMissing(open(path, 'r'));
  if (!file) throw bytesLost();
  return file;
}
