import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { access, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { objectKeyOf, placeOf } from '@wharf/contracts';
import { AppError, systemCode } from '@wharf/service-kit';
import { DirectoryDirectUploads } from './directory.direct-uploads.js';
import { DirectoryDisk, smallCopyBytes } from './directory.disk.js';
import { copyVerified, replaceText, syncFolder } from './directory.durable.js';
import { attempt, toDirectoryError } from './directory.errors.js';
import { listStaleParts, listTree } from './directory.list.js';
import { metadataOf, metadataPath, parseMetadata, readMetadata } from './directory.metadata.js';
import { moveEntry } from './directory.move.js';
import type { ByteRange, ListedObject, ObjectStat, ObjectStore, PutSource, UnfinishedUpload } from './object-store.js';
import { differenceOf } from './same-object.js';
import { abandoned, openSource } from './source-file.js';

const staleAfterMs = 24 * 3_600_000;
const readBytes = 256 * 1024;

export interface DirectoryOptions {
  root: string;
}

/**
 * Objects in a folder: a second disk, a NAS, or the default of a first start.
 *
 * `<root>/files/ab/cd/<uid>` holds the bytes, `<same>.meta.json` what S3 keeps as metadata, `<root>/incoming` what is
 * being written. The object exists from the rename of its bytes on, and its metadata is put in place before: a crash in
 * between leaves metadata without an object, which nobody sees and the next put replaces. Bytes first would leave an
 * object that does not say what it is. Where other bytes are replaced, the old metadata goes away first, so that
 * a crash leaves an object that says nothing of itself rather than something wrong.
 *
 * The two folders under the root are made by `prepare` alone: where they are missing, the disk is not mounted, and
 * nothing is reported as lost or written beneath the mount point.
 */
export class DirectoryStore implements ObjectStore {
  readonly description: string;
  readonly direct: DirectoryDirectUploads;
  readonly formDoor: DirectoryDirectUploads;
  readonly #root: string;
  readonly #disk: DirectoryDisk;

  constructor({ root }: DirectoryOptions) {
    this.#root = path.resolve(root);
    this.#disk = new DirectoryDisk(this.#root);
    this.description = `folder ${this.#root}`;
    this.direct = new DirectoryDirectUploads({
      root: this.#root,
      probe: () => this.probe(),
      stat: (key) => this.stat(key),
      read: (key, range) => this.read(key, range),
      pathTo: (key) => this.#pathTo(key),
      ensureFolder: (folder) => this.#ensureFolder(folder),
    });
    this.formDoor = this.direct;
  }

  async prepare(): Promise<void> {
    await attempt(async () => {
      await mkdir(path.join(this.#root, 'files'), { recursive: true });
      await mkdir(path.join(this.#root, 'incoming'), { recursive: true });
      await syncFolder(this.#root);
      await this.#removeStaleParts();
    });
  }

  async probe(): Promise<void> {
    await attempt(async () => {
      for (const folder of ['files', 'incoming']) {
        await access(path.join(this.#root, folder), constants.R_OK | constants.W_OK | constants.X_OK);
      }
    });
  }

  /** By time, so that files which are copied together share their folder, and one sync of it. */
  keyFor(uid: string): string {
    return placeOf(uid);
  }

  formerKeyFor(uid: string): string {
    return objectKeyOf(uid);
  }

  pathOf(key: string): string {
    return key;
  }

  keyOf(cloudPath: string): string {
    if (!/^files\/[^/]+\/[^/]+\/[^/]+$/.test(cloudPath)) {
      throw new AppError('internal', `${cloudPath} is not in ${this.description}`);
    }
    return cloudPath;
  }

  async put(key: string, source: PutSource, signal?: AbortSignal): Promise<ObjectStat> {
    const target = this.#pathTo(key);
    const part = path.join(this.#root, 'incoming', `${source.uid}.${randomUUID()}`);
    const written =
      source.sizeBytes <= smallCopyBytes ? await this.#copySmall(source, part, target, signal) : undefined;
    const { sha256, sizeBytes, uid } = source;
    if (written) return { sizeBytes, etag: sha256, uid, sha256, modifiedAt: written };
    const file = await openSource(source);
    try {
      await attempt(async () => {
        await copyVerified(file, part, source, signal);
        await this.#commit(part, target, source);
      });
    } finally {
      await file.close();
    }
    const stored = await this.stat(key);
    const difference = differenceOf(stored, source);
    if (difference !== undefined) throw new AppError('digest_mismatch', `the copy differs: ${difference}`);
    return stored;
  }

  async stat(key: string): Promise<ObjectStat> {
    const target = this.#pathTo(key);
    const found = await this.#found(this.#disk.look({ target, metadataTarget: metadataPath(target) }));
    const { metadata, modifiedAtMs, sizeBytes } = found;
    const read = metadata === undefined ? undefined : parseMetadata(metadata);
    // Metadata of another size is of other bytes (see the class): the object is there, but unverified.
    const own = read?.size_bytes === sizeBytes ? read : undefined;
    const { is_verified: isVerified, sha256: etag = '', uid = null } = own ?? {};
    const sha256 = isVerified === false ? null : (own?.sha256 ?? null);
    return { sizeBytes, etag, uid, sha256, modifiedAt: new Date(modifiedAtMs) };
  }

  async read(key: string, range?: ByteRange): Promise<Readable> {
    const file = await this.#found(open(this.#pathTo(key), 'r'));
    try {
      const { size } = await file.stat();
      if (range && range.start >= size) {
        throw new AppError('range_not_satisfiable', 'the object does not reach to the start of the range');
      }
      return file.createReadStream({ highWaterMark: readBytes, ...range });
    } catch (error) {
      await file.close();
      throw toDirectoryError(error);
    }
  }

  async presignRead(): Promise<undefined> {
    return undefined;
  }

  async remove(key: string): Promise<void> {
    const target = this.#pathTo(key);
    await attempt(async () => {
      // Bytes first: metadata that is left alone says nothing to anybody.
      await rm(target, { force: true });
      await rm(metadataPath(target), { force: true });
      await syncFolder(path.dirname(target)).catch(async (error) => {
        if (systemCode(error) !== 'ENOENT') throw error;
        await this.probe();
      });
    });
  }

  async *list({ prefix = 'files/' }: { prefix?: string } = {}): AsyncGenerator<ListedObject> {
    await this.probe();
    yield* listTree(this.#root, prefix);
  }

  async move(from: string, to: string): Promise<void> {
    const [source, target] = [this.#pathTo(from), this.#pathTo(to)];
    await attempt(async () => {
      await this.probe();
      await this.#ensureFolder(path.dirname(target));
      await moveEntry(source, target, path.join(this.#root, 'incoming', randomUUID()));
    });
  }

  async *unfinishedUploads(olderThanMs: number): AsyncGenerator<UnfinishedUpload> {
    await this.probe();
    yield* listStaleParts(path.join(this.#root, 'incoming'), olderThanMs);
  }

  async abortUpload({ uploadId }: { uploadId: string }): Promise<void> {
    const part = this.#pathTo(`incoming/${uploadId}`);
    await attempt(() => rm(part, { force: true }));
  }

  close(): Promise<void> {
    return this.#disk.close();
  }

  /** When it was written; undefined where an object is there that has to be replaced. */
  async #copySmall(
    source: PutSource,
    part: string,
    target: string,
    signal: AbortSignal | undefined,
  ): Promise<Date | undefined> {
    if (signal?.aborted) throw abandoned(signal);
    return this.#disk.copy({
      source: source.path,
      sizeBytes: source.sizeBytes,
      sha256: source.sha256,
      part,
      target,
      metadata: metadataOf(source),
      metadataPart: metadataPath(part),
      metadataTarget: metadataPath(target),
    });
  }

  async #commit(part: string, target: string, source: PutSource): Promise<void> {
    try {
      const folder = path.dirname(target);
      await this.#ensureFolder(folder);
      const putMetadata = () => replaceText(metadataPath(target), metadataPath(part), metadataOf(source));

      const isOther = (await exists(target)) && (await readMetadata(target))?.sha256 !== source.sha256;
      if (isOther) {
        await rm(metadataPath(target), { force: true });
        await syncFolder(folder);
      } else await putMetadata();
      await rename(part, target);
      if (isOther) await putMetadata();
      await syncFolder(folder);
    } catch (error) {
      await rm(part, { force: true });
      throw error;
    }
  }

  async #ensureFolder(folder: string): Promise<void> {
    const firstMade = await mkdir(folder, { recursive: true });
    if (firstMade === undefined) return;
    for (let parent = path.dirname(folder); parent.length > this.#root.length; parent = path.dirname(parent)) {
      await syncFolder(parent);
    }
  }

  /** An entry that is missing while the store is there is a missing object. */
  async #found<Entry>(work: Promise<Entry>): Promise<Entry> {
    try {
      return await work;
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw toDirectoryError(error);
      await this.probe();
      throw new AppError('file_not_found', 'there is no such object', { cause: error });
    }
  }

  #pathTo(key: string): string {
    if (!/^[\w-][\w.-]*(\/[\w-][\w.-]*)*$/.test(key)) throw new AppError('internal', 'not a key of an object');
    return path.join(this.#root, key);
  }

  /** Parts of copies that were killed: they are in nobody's way, and nobody comes back to them. */
  async #removeStaleParts(): Promise<void> {
    const folder = path.join(this.#root, 'incoming');
    for await (const part of listStaleParts(folder, staleAfterMs)) {
      await rm(path.join(folder, part.uploadId), { force: true });
    }
  }
}

async function exists(target: string): Promise<boolean> {
  return (await stat(target).catch(() => undefined)) !== undefined;
}
