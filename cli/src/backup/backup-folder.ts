import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, type FileHandle, mkdir, open, readdir, readFile, rename, stat } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { LocatedFileRecord, Timestamp } from '@wharf/contracts';
import type { StreamSnapshot } from '@wharf/messaging';
import { sha256Of } from '@wharf/object-store';
import { AppError, syncFolder, systemCode } from '@wharf/service-kit';
import { z } from 'zod';

const Count = z.int().nonnegative();
const Part = z.object({ name: z.string(), sizeBytes: Count, sha256: z.string() });
export type Part = z.infer<typeof Part>;

const Database = z.object({ takenAt: Timestamp, migrations: z.array(z.string()), rows: z.record(z.string(), Count) });

/** Written last: a folder without it holds no whole backup. */
export const Manifest = z.object({
  format: z.literal(1),
  finishedAt: Timestamp,
  database: Database,
  /** Absent where the accounts service has never run, and in backups of earlier versions. */
  accounts: Database.optional(),
  streams: z.array(
    z.object({ part: z.string(), snapshot: z.custom<StreamSnapshot>((value) => value instanceof Object) }),
  ),
  /** How many files' bytes are here, and how many could be found nowhere. */
  files: z.object({ saved: Count, missing: Count, sizeBytes: Count }),
  parts: z.array(Part),
});
export type Manifest = z.infer<typeof Manifest>;

/** One file whose bytes are in the folder, under `localPath`. */
export const SavedFile = LocatedFileRecord.pick({
  uid: true,
  size_bytes: true,
  content_type: true,
  local_path: true,
  cloud_path: true,
}).extend({ sha256: z.string(), place: z.string() });
export type SavedFile = z.infer<typeof SavedFile>;

const manifestName = 'manifest.json';
export const databasePart = 'database.jsonl';
export const accountsPart = 'accounts.jsonl';
export const filesPart = 'files.jsonl';
export const deletionsPart = 'deletions.jsonl';

// A backup holds all that Wharf knows, share links and the keys that sign access tokens too: only its owner reads it.
const folderMode = 0o700;
const fileMode = 0o600;

/** The folder of one backup, closed to everybody but its owner. */
export class BackupFolder {
  private readonly written: Part[] = [];
  /** That something was made in: synced at the end. */
  private readonly folders = new Set<string>();

  private constructor(readonly root: string) {}

  /** Throws `conflict` unless the folder is new, or empty and ours. */
  static async create(root: string): Promise<BackupFolder> {
    const isNew = (await mkdir(root, { recursive: true, mode: folderMode })) !== undefined;
    if ((await readdir(root)).length > 0) throw new AppError('conflict', `${root} is not empty`);
    // What is new is closed already, as far as its file system knows of modes.
    if (!isNew) await closeToOthers(root);
    return new BackupFolder(root);
  }

  /** Throws `file_not_found` where there is no whole backup. */
  static async open(root: string): Promise<{ folder: BackupFolder; manifest: Manifest }> {
    try {
      const manifest = Manifest.parse(JSON.parse(await readFile(path.join(root, manifestName), 'utf8')));
      return { folder: new BackupFolder(root), manifest };
    } catch (cause) {
      if (systemCode(cause) !== 'ENOENT')
        throw new AppError('conflict', `the manifest in ${root} cannot be read`, { cause });
      throw new AppError('file_not_found', `${root} holds no backup, or one that was not finished`, { cause });
    }
  }

  /** Writes one part, durably. */
  async write<Result>(
    name: string,
    work: (append: (bytes: Uint8Array) => Promise<void>) => Promise<Result>,
  ): Promise<Result> {
    const handle = await open(await this.makeRoom(name), 'wx', fileMode);
    try {
      const hash = createHash('sha256');
      let sizeBytes = 0;
      const result = await work(async (bytes) => {
        hash.update(bytes);
        sizeBytes += bytes.length;
        await handle.appendFile(bytes);
      });
      await handle.datasync();
      this.written.push({ name, sizeBytes, sha256: hash.digest('hex') });
      return result;
    } finally {
      await handle.close();
    }
  }

  /** Makes a file for bytes that are listed elsewhere. */
  async createFile(name: string): Promise<FileHandle> {
    return open(await this.makeRoom(name), 'w', fileMode);
  }

  async finish(content: Omit<Manifest, 'format' | 'finishedAt' | 'parts'>): Promise<Manifest> {
    for (const folder of this.folders) await syncFolder(folder);
    const manifest: Manifest = { format: 1, finishedAt: new Date().toISOString(), ...content, parts: this.written };
    const draft = this.resolve(`${manifestName}.draft`);
    const handle = await open(draft, 'wx', fileMode);
    await handle.writeFile(JSON.stringify(manifest, null, 2));
    await handle.sync();
    await handle.close();
    await rename(draft, this.resolve(manifestName));
    await syncFolder(this.root);
    return manifest;
  }

  private async makeRoom(name: string): Promise<string> {
    const target = this.resolve(name);
    for (let folder = path.dirname(target); folder !== this.root && !this.folders.has(folder); ) {
      this.folders.add(folder);
      folder = path.dirname(folder);
    }
    await mkdir(path.dirname(target), { recursive: true, mode: folderMode });
    return target;
  }

  /** Throws `conflict` for a part that is not as it was written. */
  async requireWhole(parts: readonly Part[]): Promise<void> {
    for (const { name, sha256, sizeBytes } of parts) await this.requireBytes(name, sizeBytes, sha256);
  }

  async requireBytes(name: string, sizeBytes: number, sha256: string): Promise<void> {
    const info = await stat(this.resolve(name)).catch(() => undefined);
    if (info?.size === sizeBytes && (await sha256Of(this.read(name))) === sha256) return;
    throw new AppError('conflict', `the backup is damaged: ${name} is ${info ? 'not what was written' : 'missing'}`);
  }

  read(name: string): ReturnType<typeof createReadStream> {
    return createReadStream(this.resolve(name), { highWaterMark: 128 * 1024 });
  }

  async *lines(name: string): AsyncGenerator<string> {
    yield* createInterface({ input: this.read(name), crlfDelay: Number.POSITIVE_INFINITY });
  }

  resolve(name: string): string {
    return path.join(this.root, name);
  }
}

async function closeToOthers(root: string): Promise<void> {
  const { uid } = await stat(root);
  if (uid !== (process.getuid?.() ?? uid)) {
    throw new AppError(
      'conflict',
      `${root} belongs to somebody else, who could read the backup: name a new folder in it`,
    );
  }
  await chmod(root, folderMode);
}
