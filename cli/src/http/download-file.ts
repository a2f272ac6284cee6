import { createHash, type Hash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { access, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { FileRecord } from '@wharf/contracts';
import { AppError, systemCode } from '@wharf/service-kit';
import { type Door, notReached, read } from './door.js';
import type { TransferProgress } from './transfer-progress.js';

export interface DownloadOptions {
  /** A path, or `-` for standard output; the file's own name in this folder unless given. */
  output?: string | undefined;
  progress: TransferProgress;
}

/** Writes a file whose digest is that of its record, as a whole or not at all. Throws `conflict` where there is such a file already. */
export async function downloadFile(
  door: Door,
  uid: string,
  { output, progress }: DownloadOptions,
): Promise<{ record: FileRecord; place: string }> {
  const record = FileRecord.parse(await (await read(door, `/${uid}/metadata`)).json());
  const place = output ?? nameFor(record);
  const isFile = place !== '-';
  // Before it is read: it may be the last download.
  if (isFile && (await exists(place))) throw new AppError('conflict', `${place} is there already`);
  const draft = `${place}.${randomUUID()}.part`;
  const target = isFile ? createWriteStream(draft, { flags: 'wx' }) : process.stdout;
  try {
    progress.begin(record.original_name, record.size_bytes);
    const { body } = await read(door, `/${uid}`);
    const hash = createHash('sha256');
    const bytes = Readable.fromWeb(body as Parameters<typeof Readable.fromWeb>[0]);
    await pipeline(bytes, (chunks) => counted(chunks, hash, progress), target, { end: isFile }).catch((error) => {
      throw systemCode(error) === undefined ? notReached(door.files, error) : error;
    });
    if (hash.digest('hex') !== record.sha256) throw new AppError('internal', 'what arrived is not the file');
    if (isFile) await rename(draft, place);
    return { record, place };
  } finally {
    progress.end();
    if (isFile) await rm(draft, { force: true });
  }
}

/** A gateway tells names without folders. Whatever answers in its place is not believed. */
export function nameFor({ original_name, uid }: Pick<FileRecord, 'original_name' | 'uid'>): string {
  const name = path.basename(original_name);
  return ['', '.', '..'].includes(name) ? uid : name;
}

async function* counted(chunks: AsyncIterable<Buffer>, hash: Hash, progress: TransferProgress): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    hash.update(chunk);
    progress.add(chunk.length);
    yield chunk;
  }
}

function exists(place: string): Promise<boolean> {
  return access(place).then(
    () => true,
    () => false,
  );
}
