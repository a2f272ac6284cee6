import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { identify, isAlive, type ProcessIdentity } from './process-identity.ts';

/** Takes `<dir>/lock` for this process or throws naming the process that holds it. Returns the function that releases it. */
export function lockDataDir(dir: string): () => void {
  mkdirSync(dir, { recursive: true });
  const lock = path.join(dir, 'lock');
  for (let attempt = 0; attempt < 5; attempt++) {
    if (tryLock(lock)) return () => release(lock);
    const content = readText(lock);
    const holder = parseHolder(content);
    if (holder && isAlive(holder)) {
      throw new Error(
        `${dir} is in use by another Wharf (process ${holder.pid}). Stop that one first, or choose another folder with WHARF_DATA_DIR.`,
      );
    }
    removeStale(lock, content);
  }
  throw new Error(`cannot take the lock ${lock}`);
}

/** True where a live process holds the folder's lock. */
export function isDataDirLocked(dir: string): boolean {
  const holder = parseHolder(readText(path.join(dir, 'lock')));
  return holder !== undefined && isAlive(holder);
}

// Written aside and linked into place: the lock never exists without its content.
function tryLock(lock: string): boolean {
  const draft = `${lock}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(identify(process.pid)));
  try {
    linkSync(draft, lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  } finally {
    rmSync(draft, { force: true });
  }
}

// Moved away before it is removed: between reading and removing, another start may have taken the stale lock over.
function removeStale(lock: string, staleContent: string | undefined): void {
  const moved = `${lock}.stale.${process.pid}`;
  try {
    renameSync(lock, moved);
    if (readText(moved) !== staleContent) linkSync(moved, lock);
  } catch (error) {
    if (!['ENOENT', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  } finally {
    rmSync(moved, { force: true });
  }
}

function release(lock: string): void {
  if (parseHolder(readText(lock))?.pid === process.pid) rmSync(lock, { force: true });
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function parseHolder(content: string | undefined): ProcessIdentity | undefined {
  try {
    return content === undefined ? undefined : (JSON.parse(content) as ProcessIdentity);
  } catch {
    return undefined;
  }
}
