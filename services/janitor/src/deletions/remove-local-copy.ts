import { layout } from '@wharf/volume';
import type { Janitor } from '../janitor.js';

/** Removes a deleted file's bytes from the volume. Idempotent: `file.deleted` may be announced more than once. */
export async function removeLocalCopy({ metrics, openVolume }: Janitor, uid: string): Promise<void> {
  const volume = await openVolume();
  const freedBytes = await volume.remove(layout.file(uid)).catch(async (error: unknown) => {
    // A volume that is damaged is no failure of this deletion: only what fails on a sound one counts.
    await volume.probe();
    throw error;
  });
  // Every file is missing on a volume that is not mounted: acknowledged then, the bytes would stay for ever.
  if (freedBytes === 0) await volume.probe();
  metrics.freed('deleted', freedBytes);
}
