import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { freshFolder, testServer } from '@wharf/test-kit';
import { ChaosSystem } from '../chaos/system.ts';
import { losePower } from './power-loss.ts';
import type { FormOptions, PoweredSystem } from './powered-system.ts';

/**
 * The gateway's volume on the disk; NATS, PostgreSQL and the store on others, and still running. Nothing is copied before the power is cut:
 * whoever reads a lost file would be given its object.
 */
export async function openVolumeAlone({ disk, durability, log }: FormOptions): Promise<PoweredSystem> {
  const folder = await freshFolder('power-cut');
  const system = await ChaosSystem.open(
    {
      dir: folder.path,
      log,
      services: ['metadata', 'cloud-sync', 'gateway'],
      environment: { VOLUME_DIR: path.join(disk.path, 'volume'), DURABILITY: durability, VOLUME_RESERVE_BYTES: '0' },
    },
    {
      databaseUrl: testServer('WHARF_TEST_DATABASE_URL'),
      store: { OBJECT_STORE_URL: pathToFileURL(path.join(folder.path, 'objects')).href },
    },
  );
  const [gateway, cloudSync] = [system.service('gateway'), system.service('cloud-sync')];
  await cloudSync.stop();
  return {
    place: { gatewayUrl: gateway.url, environment: system.environment },
    eventsUrl: String(system.environment.NATS_URL),
    cutPower: async () => {
      await cloudSync.halt();
      await losePower(disk, { pids: () => [gateway.pid], kill: () => gateway.halt() });
    },
    startAgain: async () => {
      await Promise.all([gateway.restart(), cloudSync.restart()]);
      await system.untilReady();
    },
    close: async () => {
      await system.close();
      await folder.remove();
    },
  };
}
