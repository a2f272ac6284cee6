import { Volume } from './volume.js';

/**
 * Opens the volume at the first call, and at every later one until it succeeds: a service starts while its volume is not
 * mounted yet, or before the gateway that makes its folders. What it gives throws `unavailable` meanwhile.
 */
export function lateVolume(root: string): () => Promise<Volume> {
  let volume: Volume | undefined;
  return async () => {
    volume ??= await Volume.openExisting(root, { durability: 'fsync' });
    return volume;
  };
}
