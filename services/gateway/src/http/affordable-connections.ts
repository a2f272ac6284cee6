import { readFile } from 'node:fs/promises';

/**
 * `wanted` connections, and at most half of the descriptors that this process may have: the other half is for the files that are
 * read and written on them. Beyond the limit of descriptors nothing could be opened for anybody.
 */
export async function affordableConnections(wanted: number): Promise<number> {
  // Only on Linux.
  const limits = await readFile('/proc/self/limits', 'utf8').catch(() => '');
  const [, descriptors] = /^Max open files\s+(\d+)/m.exec(limits) ?? [];
  return descriptors ? Math.min(wanted, Math.floor(Number(descriptors) / 2)) : wanted;
}
