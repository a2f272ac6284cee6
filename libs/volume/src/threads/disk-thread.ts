import {
  closeSync,
  constants,
  existsSync,
  fdatasyncSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { parentPort } from 'node:worker_threads';
import type { Failure, Numbered } from '@wharf/service-kit';
import type { Bodies, BodyFault, DiskAnswer, DiskRequest, LogPiece, LogWrite } from './disk-request.js';

// The program of a disk thread. It runs as it is from its source as well, so it imports nothing but what Node has.

const logs = new Map<string, number>();
/** Folders that are there. */
const madeFolders = new Set<string>();
/** Those of them whose own names are durable. */
const durableFolders = new Set<string>();

parentPort?.on('message', (request: Numbered<DiskRequest>) => {
  parentPort?.postMessage({ id: request.id, ...answer(request) } satisfies Numbered<DiskAnswer>);
});

function answer(request: DiskRequest): DiskAnswer {
  switch (request.step) {
    case 'place':
      return place(request.bodies, split(request.bodies));
    case 'sync':
      return sync(request.paths);
    case 'remove':
      return remove(request.paths);
    case 'append':
      return append(request);
    case 'close':
      return close(request.path);
  }
}

/** All but those that are refused already. */
function place(
  { bytes, files }: Bodies,
  all: readonly Buffer[],
  already: Record<number, Failure | undefined> = {},
): DiskAnswer {
  const refused = files.map(
    ({ isThere, path }, number) =>
      already[number] ?? (path ? placeFile(path, isThere, all[number] as Buffer) : undefined),
  );
  release(bytes);
  return { refused };
}

function split({ bytes, files }: Bodies): Buffer[] {
  let end = bytes.byteOffset;
  return files.map(({ sizeBytes }) => {
    end += sizeBytes;
    return Buffer.from(bytes.buffer, end - sizeBytes, sizeBytes);
  });
}

function placeFile(file: string, isThere: boolean, bytes: Uint8Array): Failure | undefined {
  return failureOf(() => {
    const { fd, isNew } = isThere ? { fd: openSync(file, constants.O_WRONLY), isNew: false } : openIn(file);
    try {
      // ext4 begins to write a file to the disk when one that was truncated is closed: the sync then finds that done for many.
      if (isNew) ftruncateSync(fd, 0);
      writeAll(fd, bytes, 0);
    } finally {
      closeSync(fd);
    }
  });
}

/** What is there is written over: whoever places a file once more writes the same bytes, and nobody may see fewer of them meanwhile. */
function openIn(file: string): { fd: number; isNew: boolean } {
  try {
    return { fd: openNew(file), isNew: true };
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    return { fd: openSync(file, constants.O_WRONLY | constants.O_CREAT), isNew: false };
  }
}

function openNew(file: string): number {
  const folder = path.dirname(file);
  if (!madeFolders.has(folder)) makeFolder(folder);
  try {
    return openSync(file, 'wx');
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    // Somebody has removed it.
    makeFolder(folder);
    return openSync(file, 'wx');
  }
}

function makeFolder(folder: string): void {
  mkdirSync(folder, { recursive: true });
  madeFolders.add(folder);
}

function sync(paths: readonly string[]): DiskAnswer {
  try {
    for (const file of paths) syncPath(file, fdatasyncSync);
    syncFolders(new Set(paths.map((file) => path.dirname(file))));
    return {};
  } catch (error) {
    return { failure: asFailure(error) };
  }
}

/** With the folders above those that this thread meets for the first time: any process may just have made them. */
function syncFolders(folders: ReadonlySet<string>): void {
  const met = [...folders].filter((folder) => !durableFolders.has(folder));
  const above = met.flatMap((folder) => [path.dirname(folder), path.dirname(path.dirname(folder))]);
  for (const folder of new Set([...folders, ...above])) syncPath(folder, fsyncSync);
  for (const folder of met) durableFolders.add(folder);
}

function syncPath(place: string, syncDescriptor: (fd: number) => void): void {
  const fd = openThere(place);
  if (fd === undefined) return;
  try {
    syncDescriptor(fd);
  } finally {
    closeSync(fd);
  }
}

function openThere(place: string): number | undefined {
  try {
    return openSync(place, 'r');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function remove(paths: readonly string[]): DiskAnswer {
  const removedBytes = paths.map(() => 0);
  const refused = paths.map((file, number) =>
    failureOf(() => {
      const found = statSync(file, { throwIfNoEntry: false });
      if (!found) return;
      unlinkSync(file);
      removedBytes[number] = found.size;
    }),
  );
  return { refused, removedBytes };
}

function append({ bodies, fault, ...write }: DiskRequest & { step: 'append' }): DiskAnswer {
  const all = split(bodies);
  const failure = failureOf(() => writeLog(write, all));
  const isInPlace = existsSync(write.path);
  const struck = fault && !failure ? failureOf(() => strike(fault)) : undefined;
  const isTaken = isInPlace && !existsSync(write.path);
  if (!failure && isInPlace && !isTaken) return { isInPlace, ...place(bodies, all, fault && { [fault.body]: struck }) };
  release(bodies.bytes);
  return { failure, isInPlace, isTaken };
}

function strike({ action, notice, pauseMs }: BodyFault): void {
  // Standard error: in a thread, `process.stderr` has no descriptor.
  writeSync(2, notice);
  if (action === 'error') throw new Error('a fault was asked for');
  if (action === 'kill') process.kill(process.pid, 'SIGKILL');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs);
}

/** After a failure nothing of it stays, as far as the disk allows that. */
function writeLog({ path, position, pieces, sizeBytes, isSynced }: LogWrite, bodies: readonly Buffer[]): void {
  const fd = logs.get(path) ?? openSync(path, 'r+');
  logs.set(path, fd);
  const bytes = join(pieces, bodies, sizeBytes);
  try {
    writeAll(fd, bytes, position);
    if (isSynced) fdatasyncSync(fd);
  } catch (error) {
    failureOf(() => ftruncateSync(fd, position));
    throw error;
  } finally {
    release(bytes);
  }
}

function join(pieces: readonly LogPiece[], bodies: readonly Buffer[], sizeBytes: number): Buffer {
  const bytes = Buffer.allocUnsafeSlow(sizeBytes);
  let offset = 0;
  for (const piece of pieces) {
    if (typeof piece === 'string') offset += bytes.write(piece, offset);
    else offset += bytes.write((bodies[piece] as Buffer).toString('base64'), offset, 'latin1');
  }
  return bytes;
}

/** Of memory that is this thread's own: it would wait for a garbage collector that sees only a small view of it. */
function release({ buffer }: Uint8Array): void {
  if ('transfer' in buffer) buffer.transfer(0);
}

/** What the log has was synced with each write: a failure takes nothing from it. */
function close(path: string): DiskAnswer {
  const fd = logs.get(path);
  logs.delete(path);
  if (fd !== undefined) failureOf(() => closeSync(fd));
  return {};
}

function writeAll(fd: number, bytes: Uint8Array, position: number): void {
  for (let written = 0; written < bytes.length; ) {
    written += writeSync(fd, bytes, written, bytes.length - written, position + written);
  }
}

function failureOf(work: () => void): Failure | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    return asFailure(error);
  }
}

function asFailure(error: unknown): Failure {
  return { code: codeOf(error), message: (error as Error).message };
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
