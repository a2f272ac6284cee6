import { layout } from '../layout.js';
import type { Volume } from '../volume.js';

/**
 * Sets a file aside, where nothing serves, copies or sweeps it: `quarantine/<run id>/<its old path>`. Returns its new
 * path; `volume.move` brings it back. Throws `file_not_found` when it is gone.
 */
export async function moveToQuarantine(volume: Volume, runId: string, localPath: string): Promise<string> {
  const target = layout.quarantined(runId, localPath);
  await volume.move(localPath, target);
  return target;
}
