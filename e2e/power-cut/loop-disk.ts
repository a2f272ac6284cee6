import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { eventually } from '@wharf/test-kit';
import { findExecutable } from '../../scripts/servers/find-executable.ts';
import { isRoot } from '../../scripts/servers/unprivileged.ts';

export const fileSystems = ['ext4', 'xfs'] as const;
export type FileSystem = (typeof fileSystems)[number];

/** Sparse: it takes what is written to it. */
const diskBytes = 4 * 1024 ** 3;

/** A file system of its own in a file, of which the power can be cut. */
export class LoopDisk {
  /** Where it is mounted; the folder is for everybody to enter. */
  readonly path: string;
  private readonly folder: string;
  private readonly image: string;

  private constructor(folder: string) {
    this.folder = folder;
    this.image = path.join(folder, 'image');
    this.path = path.join(folder, 'disk');
  }

  /** Throws what mkfs or mount say. */
  static make(type: FileSystem): LoopDisk {
    const disk = new LoopDisk(mkdtempSync(path.join(tmpdir(), 'power-cut-')));
    try {
      chmodSync(disk.folder, 0o755);
      mkdirSync(disk.path);
      writeFileSync(disk.image, '');
      truncateSync(disk.image, diskBytes);
      run(`mkfs.${type}`, '-q', disk.image);
      disk.mount();
    } catch (error) {
      rmSync(disk.folder, { recursive: true, force: true });
      throw error;
    }
    return disk;
  }

  mount(): void {
    run('mount', '-o', 'loop', this.image, this.path);
  }

  /**
   * What is not on the disk now never will be: neither pages of files that nobody has synced, nor the log of the file system. Every later
   * access fails (EXT4_IOC_SHUTDOWN and XFS_IOC_GOINGDOWN without a flush of the log).
   */
  cutPower(): void {
    run('xfs_io', '-x', '-c', 'shutdown', this.path);
  }

  /** Once nobody has a file open there any more. */
  unmount(): Promise<void> {
    return eventually(() => run('umount', this.path));
  }

  /** Whatever state it is in. */
  async remove(): Promise<void> {
    // Lazily: what a failed test has left open shall not leave the mount.
    await eventually(() => run('umount', this.path), { timeoutMs: 5000 }).catch(() => {
      try {
        run('umount', '-l', this.path);
      } catch {
        // It was not mounted.
      }
    });
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Why there can be no such disks here; undefined where they can be made. */
export async function findObstacle(): Promise<string | undefined> {
  if (!isRoot()) return 'only root may mount a disk';
  const missing = [...fileSystems.map((type) => `mkfs.${type}`), 'xfs_io'].find((program) => !findExecutable(program));
  if (missing) return `${missing} is not installed (packages e2fsprogs and xfsprogs)`;
  try {
    for (const type of fileSystems) await LoopDisk.make(type).remove();
    return undefined;
  } catch (error) {
    return `a disk cannot be mounted here: ${(error as Error).message.split('\n')[1] ?? (error as Error).message}`;
  }
}

function run(program: string, ...args: string[]): void {
  execFileSync(findExecutable(program) ?? program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
}
