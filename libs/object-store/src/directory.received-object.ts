import { createHash, type Hash, randomUUID } from 'node:crypto';
import { type FileHandle, link, open, rm } from 'node:fs/promises';
import path from 'node:path';
import { AppError, systemCode } from '@wharf/service-kit';
import type { DirectUpload, ReceivedObject } from './direct-uploads.js';
import { replaceText, syncFolder } from './directory.durable.js';
import { attempt } from './directory.errors.js';
import { metadataOf, metadataPath } from './directory.metadata.js';
import type { ObjectStat } from './object-store.js';

/** An object that arrives in pieces. Nothing is under its key before all of it is durable. */
export class DirectoryObject implements ReceivedObject {
  private readonly hash: Hash = createHash('sha256');
  private sizeBytes = 0;

  private constructor(
    private readonly upload: DirectUpload,
    private readonly places: { part: string; target: string },
    private readonly file: FileHandle,
  ) {}

  /** `target` is where the key leads; its folder is there. */
  static open(upload: DirectUpload, { root, target }: { root: string; target: string }): Promise<DirectoryObject> {
    const part = path.join(root, 'incoming', `${path.basename(target)}.${randomUUID()}`);
    return attempt(async () => new DirectoryObject(upload, { part, target }, await open(part, 'wx')));
  }

  get key(): string {
    return this.upload.key;
  }

  async write(chunk: Uint8Array): Promise<void> {
    const { maxBytes } = this.upload;
    if (this.sizeBytes + chunk.length > maxBytes) {
      throw new AppError('file_too_large', `the form may send at most ${maxBytes} bytes`);
    }
    this.hash.update(chunk);
    await attempt(async () => {
      for (let done = 0; done < chunk.length; ) {
        done += (await this.file.write(chunk, done, chunk.length - done, this.sizeBytes + done)).bytesWritten;
      }
    });
    this.sizeBytes += chunk.length;
  }

  /**
   * A link, and no rename, since it never replaces what is there. Its metadata come right after it, as they belong to the bytes that won: an object
   * without them says nothing of itself, and is judged by its bytes all the same.
   */
  async finish(): Promise<ObjectStat> {
    const { part, target } = this.places;
    const { sizeBytes, upload } = this;
    const sha256 = this.hash.digest('hex');
    const uid = path.basename(target);
    await attempt(async () => {
      await this.file.sync();
      await this.file.close();
      const described = { uid, sha256, sizeBytes, contentType: upload.contentType };
      await link(part, target).catch((error: unknown) => {
        if (systemCode(error) !== 'EEXIST') throw error;
        throw new AppError('conflict', 'this form was sent before');
      });
      await replaceText(metadataPath(target), metadataPath(part), metadataOf(described, { isVerified: false }));
      await syncFolder(path.dirname(target));
      await rm(part, { force: true });
    });
    return { sizeBytes, etag: sha256, uid, sha256: null, modifiedAt: new Date() };
  }

  async discard(): Promise<void> {
    await this.file.close().catch(() => undefined);
    await rm(this.places.part, { force: true }).catch(() => undefined);
  }
}
