import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

export interface FreshFolder {
  path: string;
  /** With everything in it. */
  remove(): Promise<void>;
}

/** An empty folder of its own under the system's temporary folder. */
export async function freshFolder(prefix: string): Promise<FreshFolder> {
  const folder = await mkdtemp(path.join(tmpdir(), `${prefix}-`));
  return { path: folder, remove: () => rm(folder, { recursive: true, force: true }) };
}
