import { createReadStream } from 'node:fs';
import { access, type FileHandle, link, open, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Download, DownloadOptions } from '@wharf/client';
import { AppError, systemCode } from '@wharf/service-kit/app-error';
import type { GatewayContext } from '../gateway-command.js';
import { ProgressBar } from './progress-bar.js';

/** Something that can be downloaded, as it is known before. */
export interface Wanted {
  name: string;
  uid: string;
  sizeBytes: number | null;
  /** Null where nothing can be compared: it begins anew every time. */
  sha256: string | null;
  open(options: DownloadOptions): Promise<Download>;
}

export interface Target {
  /** A file, a folder, or `-` for standard output; under its own name in this folder unless given. */
  output: string | undefined;
  replaces: boolean;
}

/**
 * Writes a file as a whole or not at all: beside its place until all of it was compared. What is there of it from before is gone on with.
 * Returns its place. Throws `conflict` where there is such a file already.
 */
export async function downloadTo(
  { signal }: Pick<GatewayContext, 'signal'>,
  wanted: Wanted,
  { output, replaces }: Target,
): Promise<string> {
  const progress = new ProgressBar(process.stderr).begin(wanted.name);
  const options = { signal, onProgress: progress.update };
  try {
    if (output === '-') {
      const { body } = await wanted.open(options);
      for await (const chunk of body) await written(chunk);
      return '-';
    }
    const place = await placeOf(wanted, output);
    // Before it is read: it may be the last download.
    if (!replaces && (await exists(place))) throw alreadyThere(place);
    await fill(`${place}.part`, wanted, options);
    await put(`${place}.part`, place, replaces);
    return place;
  } finally {
    progress.end();
  }
}

/** A gateway tells names without folders. Whatever answers in its place is not believed. */
export function nameFor({ name, uid }: Pick<Wanted, 'name' | 'uid'>): string {
  const base = path.basename(name);
  return ['', '.', '..'].includes(base) ? uid : base;
}

async function placeOf(wanted: Wanted, output: string | undefined): Promise<string> {
  if (output === undefined) return nameFor(wanted);
  const isFolder =
    output.endsWith('/') ||
    (await stat(output).then(
      (found) => found.isDirectory(),
      () => false,
    ));
  return isFolder ? path.join(output, nameFor(wanted)) : output;
}

async function fill(draft: string, wanted: Wanted, options: DownloadOptions): Promise<void> {
  const kept = await keptOf(draft, wanted);
  try {
    await receive(draft, wanted, { ...options, ...(kept && { kept }) });
  } catch (error) {
    if (!kept || !isOtherFile(error)) throw error;
    // What was there from before is of another file, or was changed since.
    await receive(draft, wanted, options);
  }
}

function isOtherFile(error: unknown): boolean {
  return ['digest_mismatch', 'conflict', 'range_not_satisfiable'].includes(String((error as { code?: unknown }).code));
}

/** One byte is always left to read: a range of nothing is none. */
async function keptOf(draft: string, { sha256, sizeBytes }: Wanted): Promise<DownloadOptions['kept']> {
  if (sha256 === null || sizeBytes === null) return undefined;
  const found = await stat(draft).then(
    ({ size }) => size,
    () => 0,
  );
  const usable = Math.min(found, sizeBytes - 1);
  if (usable <= 0) return undefined;
  return { sizeBytes: usable, sha256, bytes: createReadStream(draft, { end: usable - 1 }) };
}

async function receive(draft: string, wanted: Wanted, options: DownloadOptions): Promise<void> {
  const offset = options.kept?.sizeBytes ?? 0;
  const { body } = await wanted.open(options);
  const file = await open(draft, offset === 0 ? 'w' : 'r+');
  try {
    await file.truncate(offset);
    await write(file, body, offset);
    await file.sync();
  } catch (error) {
    // Bytes that are not the file's are of no use to anybody.
    if (isOtherFile(error)) await file.truncate(0);
    throw error;
  } finally {
    await file.close();
  }
}

async function write(file: FileHandle, body: ReadableStream<Uint8Array>, offset: number): Promise<void> {
  let position = offset;
  for await (const chunk of body) {
    for (let done = 0; done < chunk.length; ) {
      const { bytesWritten } = await file.write(chunk, done, chunk.length - done, position);
      done += bytesWritten;
      position += bytesWritten;
    }
  }
}

/** A name that somebody has taken meanwhile is left alone. */
async function put(draft: string, place: string, replaces: boolean): Promise<void> {
  if (replaces) return rename(draft, place);
  try {
    await link(draft, place);
  } catch (error) {
    if (systemCode(error) === 'EEXIST') throw alreadyThere(place);
    // A file system that has no second names.
    if (await exists(place)) throw alreadyThere(place);
    return rename(draft, place);
  }
  await rm(draft);
}

function alreadyThere(place: string): AppError {
  return new AppError('conflict', `${place} is there already; --force replaces it`);
}

function exists(place: string): Promise<boolean> {
  return access(place).then(
    () => true,
    () => false,
  );
}

function written(chunk: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => process.stdout.write(chunk, (error) => (error ? reject(error) : resolve())));
}
