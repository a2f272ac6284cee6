import { opendir, stat } from 'node:fs/promises';
import path from 'node:path';
import { ifMissing } from '@wharf/service-kit';
import { layout, uidOfStaged, uploadOfStaged } from '../layout.js';
import type { Volume } from '../volume.js';

export interface Leftover {
  /** Relative to the root. */
  localPath: string;
  sizeBytes: number;
}

/**
 * What a killed process left half-written and nobody touched for `maxAgeMs`: staged files and probes.
 * A staged file that a journal entry speaks of is none: it was promised to a client, and the gateway's relay finishes it. Neither is that of a
 * resumable upload, whose client may come back much later: gateways remove it once the upload has expired.
 */
export async function* findLeftovers(volume: Volume, maxAgeMs: number): AsyncGenerator<Leftover> {
  for await (const name of namesIn(volume, layout.incoming)) {
    if (uploadOfStaged(name)) continue;
    const leftover = await untouched(volume, path.posix.join(layout.incoming, name), maxAgeMs);
    const uid = uidOfStaged(name);
    if (leftover && !(uid && (await volume.journal.has(uid)))) yield leftover;
  }
}

async function* namesIn(volume: Volume, folder: string): AsyncGenerator<string> {
  for await (const entry of await opendir(volume.resolve(folder))) {
    if (entry.isFile()) yield entry.name;
  }
}

async function untouched(volume: Volume, localPath: string, maxAgeMs: number): Promise<Leftover | undefined> {
  const info = await ifMissing(stat(volume.resolve(localPath)));
  return info && Date.now() - info.mtimeMs >= maxAgeMs ? { localPath, sizeBytes: info.size } : undefined;
}
