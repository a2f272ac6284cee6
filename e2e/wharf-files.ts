import { access } from 'node:fs/promises';
import path from 'node:path';
import { layout } from '@wharf/volume';

/** Where the volume has the local copy of a file. */
export function localCopyOf(volumeDir: string, uid: string): string {
  return path.join(volumeDir, layout.file(uid));
}

export function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
