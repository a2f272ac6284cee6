import { hash } from 'node:crypto';
import {
  closeSync,
  constants,
  existsSync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { parentPort } from 'node:worker_threads';
import type { Failure, Numbered } from '@wharf/service-kit';

// The program of the thread for short work on the disk of a directory store. It runs as it is from its source as well, so it imports nothing but what Node has.

/** A small file that is to become an object. Nothing is at `target` unless it is answered so. */
export interface SmallCopy {
  source: string;
  sizeBytes: number;
  sha256: string;
  /** Where the bytes are written first, and where they belong; the metadata beside each. */
  part: string;
  target: string;
  metadata: string;
  metadataPart: string;
  metadataTarget: string;
}

/** An object to look at. */
export interface Look {
  target: string;
  metadataTarget: string;
}

export type DirectoryRequest =
  | { step: 'copy'; root: string; copies: readonly SmallCopy[] }
  | { step: 'look'; looks: readonly Look[] };

interface Failed {
  failed: Failure;
}

/** Of one copy: when it was written; or why it was not. */
export type Copied =
  | { modifiedAtMs: number }
  | { refused: 'object_exists' | 'source_missing' | 'source_unreadable' | 'source_changed' }
  | Failed;

/** Of one object. Its metadata as it lies there; none where there is none. */
export type Looked = { sizeBytes: number; modifiedAtMs: number; metadata: string | undefined } | Failed;

/** In the order of the request. */
export type DirectoryAnswer = { copied: readonly Copied[] } | { looked: readonly Looked[] };

const bytes = Buffer.allocUnsafeSlow(1024 * 1024);

parentPort?.on('message', (request: Numbered<DirectoryRequest>) => {
  parentPort?.postMessage({ id: request.id, ...answer(request) } satisfies Numbered<DirectoryAnswer>);
});

function answer(request: DirectoryRequest): DirectoryAnswer {
  if (request.step === 'look') return { looked: request.looks.map(look) };
  return { copied: copyAll(request.copies, request.root) };
}

function look({ metadataTarget, target }: Look): Looked {
  try {
    const { mtimeMs, size } = statSync(target);
    return { sizeBytes: size, modifiedAtMs: mtimeMs, metadata: readIfThere(metadataTarget) };
  } catch (error) {
    return failedBy(error);
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Each step for all copies before the next: the disk makes durable in one go what was written before the first sync, and so it does with
 * names.
 */
function copyAll(copies: readonly SmallCopy[], root: string): Copied[] {
  const copied = copies.map((copy) => attempt(copy, () => writeParts(copy)));
  const step = (work: (copy: SmallCopy) => void) => {
    for (const [index, copy] of copies.entries()) {
      const before = copied[index] as Copied;
      if (!('modifiedAtMs' in before)) continue;
      copied[index] = attempt(copy, () => {
        work(copy);
        return before;
      });
    }
  };
  step(({ metadataPart, part }) => {
    for (const file of [part, metadataPart]) syncFile(file);
  });
  const unsynced = new Set<string>();
  step((copy) => putInPlace(copy, root, unsynced));
  const lost = attempt(undefined, () => {
    for (const folder of unsynced) syncFolder(folder);
    return { modifiedAtMs: 0 };
  });
  return 'failed' in lost ? copied.map((each) => ('modifiedAtMs' in each ? lost : each)) : copied;
}

function attempt(copy: SmallCopy | undefined, work: () => Copied): Copied {
  try {
    const result = work();
    if (copy && !('modifiedAtMs' in result)) removeParts(copy);
    return result;
  } catch (error) {
    if (copy) removeParts(copy);
    return failedBy(error);
  }
}

function failedBy(error: unknown): Failed {
  return { failed: { code: codeOf(error), message: (error as Error).message } };
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}

function writeParts(copy: SmallCopy): Copied {
  if (existsSync(copy.target)) return { refused: 'object_exists' };
  const refused = readSource(copy);
  if (refused) return { refused };
  const modifiedAtMs = writePart(copy.part, bytes.subarray(0, copy.sizeBytes));
  writePart(copy.metadataPart, Buffer.from(copy.metadata));
  return { modifiedAtMs };
}

/** Into `bytes`, if it is the recorded file. */
function readSource({ sha256, sizeBytes, source }: SmallCopy) {
  let fd: number;
  try {
    // A link is not the file: what it leads to may be anything that this process can read.
    fd = openSync(source, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    return codeOf(error) === 'ENOENT' ? 'source_missing' : 'source_unreadable';
  }
  try {
    if (fstatSync(fd).size !== sizeBytes) return 'source_changed';
    for (let filled = 0; filled < sizeBytes; ) {
      const more = readSync(fd, bytes, filled, sizeBytes - filled, filled);
      if (more === 0) return 'source_changed';
      filled += more;
    }
  } catch {
    return 'source_unreadable';
  } finally {
    closeSync(fd);
  }
  return hash('sha256', bytes.subarray(0, sizeBytes)) === sha256 ? undefined : 'source_changed';
}

/** Returns when it was written, by the clock of its disk. */
function writePart(file: string, content: Uint8Array): number {
  const fd = openSync(file, 'wx');
  try {
    // ext4 begins to write a file to the disk when one that was truncated is closed: the sync then finds that done for many.
    ftruncateSync(fd, 0);
    for (let written = 0; written < content.length; ) {
      written += writeSync(fd, content, written, content.length - written, written);
    }
    return fstatSync(fd).mtimeMs;
  } finally {
    closeSync(fd);
  }
}

/** The metadata first: an object exists from the rename of its bytes on. */
function putInPlace(copy: SmallCopy, root: string, unsynced: Set<string>): void {
  const folder = path.dirname(copy.target);
  makeFolder(folder, root, unsynced);
  renameSync(copy.metadataPart, copy.metadataTarget);
  renameSync(copy.part, copy.target);
  unsynced.add(folder);
}

function makeFolder(folder: string, root: string, unsynced: Set<string>): void {
  if (mkdirSync(folder, { recursive: true }) === undefined) return;
  for (let above = path.dirname(folder); above.length > root.length; above = path.dirname(above)) unsynced.add(above);
}

function syncFile(file: string): void {
  const fd = openSync(file, 'r');
  try {
    fdatasyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Network file systems that cannot do it do it on their server. */
function syncFolder(folder: string): void {
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } catch (error) {
    if (!['EINVAL', 'ENOTSUP', 'EOPNOTSUPP'].includes(codeOf(error) ?? '')) throw error;
  } finally {
    closeSync(fd);
  }
}

function removeParts({ metadataPart, part }: SmallCopy): void {
  for (const file of [part, metadataPart]) rmSync(file, { force: true });
}
