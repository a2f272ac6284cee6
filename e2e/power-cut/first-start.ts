import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { upload } from '../chaos/load.ts';
import { npmStart, untilReady } from '../npm-start.ts';
import type { LoopDisk } from './loop-disk.ts';
import { cutPowerOf } from './whole-system.ts';

/** Small files without which nothing starts again, or not as what it was. */
const stateFiles: Record<string, RegExp> = {
  'ports.json': /^\{[\s\S]*\}\n$/,
  'postgres/password': /^[\w-]{24}$/,
  'postgres/wharf-password': /^[\w-]{24}$/,
  'nats/nats.conf': /^server_name: wharf\n[\s\S]*\n$/,
  'nats/passwords/gateway': /^w[0-9a-f]{40}$/,
  'nats/passwords/wharf': /^w[0-9a-f]{40}$/,
  'radosgw/cluster.json': /^\{.*\}$/,
  'radosgw/ceph.conf': /^\[global\]\n[\s\S]*\n$/,
};

/**
 * Cuts the power so many milliseconds after the first `npm start` has begun, and starts it again. Gives what is wrong then: state files that are
 * neither absent nor whole, and whatever keeps it from being ready and from taking an upload.
 */
export async function cutFirstStart(
  disk: LoopDisk,
  options: { afterMs: number; store: 'ceph' | 'directory'; log(line: string): void },
): Promise<string[]> {
  const dataDir = path.join(disk.path, 'data');
  const objects: Record<string, string> =
    options.store === 'directory' ? { OBJECT_STORE_URL: `file://${dataDir}/objects` } : {};
  const environment = { WHARF_DATA_DIR: dataDir, PORT: '0', ...objects };
  const first = await npmStart(environment, options.log);
  await delay(options.afterMs);
  await cutPowerOf(first, disk);
  const faults = Object.entries(stateFiles).flatMap(([name, whole]) => {
    const file = path.join(dataDir, name);
    if (!existsSync(file)) return [];
    const content = readFileSync(file, 'utf8');
    return whole.test(content) ? [] : [`${name} holds ${content.length} characters and is not whole`];
  });
  const again = await npmStart(environment, options.log);
  try {
    const { status } = await upload(await untilReady(again), 0, Buffer.from('after the cut'), {});
    if (status !== 201) faults.push(`an upload is answered ${status}`);
  } catch (error) {
    faults.push(`it does not start again: ${(error as Error).message}`);
  } finally {
    await again.process.stop();
  }
  return faults;
}
