import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { freshFolder } from './fresh-folder.js';

const run = promisify(execFile);

export interface SmallVolume {
  path: string;
  /** False where this user may not mount: then it is a plain folder on a disk that others fill and empty as well. */
  isAlone: boolean;
  remove(): Promise<void>;
}

/**
 * A file system of its own with so much room, in memory; a plain folder where mounting is not permitted. `ramfs` keeps to no limit, and
 * refuses writes past the page cache, as some network file systems do.
 */
export async function smallVolume(sizeBytes: number, type: 'tmpfs' | 'ramfs' = 'tmpfs'): Promise<SmallVolume> {
  const folder = await freshFolder('small-volume');
  try {
    await run('mount', ['-t', type, '-o', `size=${sizeBytes}`, type, folder.path]);
  } catch {
    return { path: folder.path, isAlone: false, remove: folder.remove };
  }
  return {
    path: folder.path,
    isAlone: true,
    remove: async () => {
      // Lazily: a handle that a test has left open shall not leave the mount.
      await run('umount', ['-l', folder.path]);
      await folder.remove();
    },
  };
}
