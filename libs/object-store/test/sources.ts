import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { PutSource } from '../src/object-store.js';

/** Local files to copy, in a folder of their own. */
export class Sources {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async create(): Promise<Sources> {
    return new Sources(await mkdtemp(path.join(tmpdir(), 'wharf-object-store-')));
  }

  async random(sizeBytes: number, changes: Partial<PutSource> = {}): Promise<PutSource & { bytes: Buffer }> {
    const bytes = randomBytes(sizeBytes);
    const uid = randomUUID();
    const file = path.join(this.folder, uid);
    await writeFile(file, bytes);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    return { path: file, uid, sizeBytes, sha256, contentType: 'application/octet-stream', bytes, ...changes };
  }

  /** A large file of zeros that takes no room on the disk. */
  async sparse(sizeBytes: number): Promise<PutSource> {
    const uid = randomUUID();
    const file = path.join(this.folder, uid);
    const handle = await open(file, 'w');
    await handle.truncate(sizeBytes);
    await handle.close();
    const sha256 = createHash('sha256');
    await pipeline(createReadStream(file), sha256);
    return { path: file, uid, sizeBytes, sha256: sha256.digest('hex'), contentType: 'application/zip' };
  }

  async destroy(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

export async function bytesOf(stream: Readable): Promise<Buffer> {
  return Buffer.concat(await stream.toArray());
}
