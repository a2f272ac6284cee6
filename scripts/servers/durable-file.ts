import { closeSync, fchmodSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Replaces a file as a whole, for its owner's eyes only: after a power cut it holds its old content or the new one, never less. */
export function writeDurably(file: string, content: string): void {
  const draft = `${file}.new`;
  rmSync(draft, { force: true });
  // Not what somebody else has put there meanwhile (wx), and whatever the umask.
  const handle = openSync(draft, 'wx', 0o600);
  try {
    fchmodSync(handle, 0o600);
    writeFileSync(handle, content);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(draft, file);
  syncFolder(path.dirname(file));
}

export function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
