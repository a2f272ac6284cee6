import { access } from 'node:fs/promises';
import path from 'node:path';

/** Where the volume has the local copy of a file: sorted by the end of its uid, where it is random. */
export function localCopyOf(volumeDir: string, uid: string): string {
  return path.join(volumeDir, 'files', uid.slice(-4, -2), uid.slice(-2), uid);
}

export function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
