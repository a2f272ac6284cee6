import { chmodSync, lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isDataDirLocked, lockDataDir } from './data-lock.ts';
import { endLeftovers } from './leftovers.ts';

const prefix = 'wharf-test-';

/** A fresh folder under the system's temporary folder, gone after `remove()`; what killed runs left there is cleared first. */
export async function createScratchFolder(): Promise<{ dir: string; runDir: string; remove: () => void }> {
  await clearAbandoned();
  const dir = mkdtempSync(path.join(tmpdir(), prefix));
  // PostgreSQL may run as another user than ours and has to pass through.
  chmodSync(dir, 0o711);
  lockDataDir(dir);
  return { dir, runDir: path.join(dir, 'run'), remove: () => rmSync(dir, { recursive: true, force: true }) };
}

async function clearAbandoned(): Promise<void> {
  for (const name of readdirSync(tmpdir()).filter((each) => each.startsWith(prefix))) {
    const dir = path.join(tmpdir(), name);
    if (!isOurs(dir) || isDataDirLocked(dir)) continue;
    await endLeftovers(path.join(dir, 'run'));
    rmSync(dir, { recursive: true, force: true });
  }
}

// The folder is open to everyone: somebody else's notes must not tell us which processes to end. One too young to have
// its lock yet belongs to a run that is just starting.
function isOurs(dir: string): boolean {
  const stat = lstatSync(dir, { throwIfNoEntry: false });
  return stat?.isDirectory() === true && stat.uid === process.getuid?.() && Date.now() - stat.mtimeMs > 5000;
}
