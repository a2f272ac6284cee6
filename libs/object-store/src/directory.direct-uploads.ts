import { randomUUID } from 'node:crypto';
import { readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { AppError, ifMissing, isMissing } from '@wharf/service-kit';
import type {
  AcceptedUpload,
  DirectUpload,
  DirectUploads,
  FormDoor,
  PresignedForm,
  ReceivedObject,
  SeenObject,
} from './direct-uploads.js';
import { replaceText, syncFolder } from './directory.durable.js';
import { attempt } from './directory.errors.js';
import { judgeForm, signForm } from './directory.form-policy.js';
import { readFormSecret } from './directory.form-secret.js';
import { metadataOf, metadataPath } from './directory.metadata.js';
import { DirectoryObject } from './directory.received-object.js';
import type { ByteRange, ObjectStat } from './object-store.js';

interface StoreOfUploads {
  root: string;
  probe(): Promise<void>;
  stat(key: string): Promise<ObjectStat>;
  read(key: string, range: ByteRange): Promise<Readable>;
  pathTo(key: string): string;
  ensureFolder(folder: string): Promise<void>;
}

/** Objects that clients send by forms which a gateway takes in the place of a server. */
export class DirectoryDirectUploads implements DirectUploads, FormDoor {
  private secret: Promise<Buffer> | undefined;

  constructor(private readonly store: StoreOfUploads) {}

  async presignForm(upload: DirectUpload): Promise<PresignedForm> {
    return { url: undefined, fields: signForm(upload, await this.readSecret()) };
  }

  async presignParts(): Promise<undefined> {
    return undefined;
  }

  async completeParts(): Promise<void> {}

  async abortParts(): Promise<void> {}

  async open(fields: Readonly<Record<string, string>>): Promise<ReceivedObject> {
    const upload = judgeForm(fields, await this.readSecret(), new Date());
    const target = this.store.pathTo(upload.key);
    await this.store.probe();
    await attempt(async () => {
      if (await ifMissing(stat(target))) throw new AppError('conflict', 'this form was sent before');
      await this.store.ensureFolder(path.dirname(target));
    });
    return DirectoryObject.open(upload, { root: this.store.root, target });
  }

  async look(key: string, bytes: number): Promise<SeenObject> {
    const object = await this.store.stat(key);
    if (object.sizeBytes === 0) return { object, head: Buffer.alloc(0) };
    const head = await this.store.read(key, { start: 0, end: bytes - 1 });
    return { object, head: await buffer(head) };
  }

  /** A rename: what was sent is gone from its old key by then, and a repetition finds it under the new one. It replaces what an attempt has left there. */
  async accept(from: string, to: string, { etag }: AcceptedUpload): Promise<ObjectStat> {
    const sent = await this.store.stat(from);
    if (sent.etag !== etag) throw new AppError('conflict', 'another object came in its place');
    const [source, target] = [this.store.pathTo(from), this.store.pathTo(to)];
    await attempt(async () => {
      await this.store.ensureFolder(path.dirname(target));
      const part = path.join(this.store.root, 'incoming', randomUUID());
      const metadata = await ifMissing(readFile(metadataPath(source), 'utf8'));
      if (metadata !== undefined) await replaceText(metadataPath(target), part, metadata);
      await rename(source, target).catch((error: unknown) => {
        if (!isMissing(error)) throw error;
        throw new AppError('file_not_found', 'the object has its own key by now', { cause: error });
      });
      await rm(metadataPath(source), { force: true });
      for (const file of [target, source]) await syncFolder(path.dirname(file));
    });
    return this.store.stat(to);
  }

  async mark(
    key: string,
    { contentType, etag, sha256, uid }: { uid: string; sha256: string; etag: string; contentType: string },
  ): Promise<ObjectStat> {
    const found = await this.store.stat(key);
    if (found.etag !== etag) throw new AppError('conflict', 'another object came in its place');
    // The tag is what was received: a byte that changed on the disk does not change it, as it does on a server.
    if (etag !== '' && etag !== sha256) {
      throw new AppError('digest_mismatch', 'the object does not have the digest that it was received with');
    }
    const target = this.store.pathTo(key);
    await attempt(async () => {
      const part = path.join(this.store.root, 'incoming', randomUUID());
      await replaceText(
        metadataPath(target),
        part,
        metadataOf({ uid, sha256, sizeBytes: found.sizeBytes, contentType }),
      );
      await syncFolder(path.dirname(target));
    });
    return this.store.stat(key);
  }

  private readSecret(): Promise<Buffer> {
    this.secret ??= attempt(() => readFormSecret(this.store.root)).catch((error: unknown) => {
      this.secret = undefined;
      throw error;
    });
    return this.secret;
  }
}
