import { setTimeout as delay } from 'node:timers/promises';
import { describeMachine } from '../system/host.ts';
import type { Place } from '../system/place.ts';
import { WharfSystem } from '../system/wharf-system.ts';
import { judgeSoak } from './judge-soak.ts';
import { MixedLoad } from './mixed-load.ts';
import { type Series, watchServices } from './watch-services.ts';

const readEveryMs = 2000;
const sayEverySeconds = 60;

/** Mixed work for so many minutes, and whether memory, descriptors, latencies or lags grow meanwhile. */
export async function runSoak(minutes: number, place: Place): Promise<void> {
  const seconds = minutes * 60;
  const system = await WharfSystem.open(place, {
    services: ['metadata', 'cloud-sync', 'janitor', 'gateway'],
    store: 'folder',
    environment: { PURGE_AFTER: '20s', PURGE_SCHEDULE: '*/10 * * * * *', PURGE_HIGH_WATER: '100' },
  });
  const series: Series = new Map();
  const startedAt = performance.now();
  const clock = () => (performance.now() - startedAt) / 1000;
  const load = new MixedLoad(system, series, clock);
  const loading = load.run(seconds);
  let spokenAt = 0;
  while (clock() < seconds) {
    await watchServices(system, series, clock());
    if (clock() - spokenAt > sayEverySeconds) {
      spokenAt = clock();
      console.error(
        `${Math.round(spokenAt)} s: ${load.uploads} uploads, ${load.downloads} downloads, ${load.deletes} deletes`,
      );
    }
    await Promise.race([delay(readEveryMs), loading]);
  }
  await loading;
  await load.stop();
  await system.stop();
  const counts = `${load.uploads} uploads, ${load.downloads} downloads, ${load.deletes} deletes in ${minutes} minutes`;
  console.log(`${describeMachine(place.dir)}\n\n${counts}\n\n${judgeSoak(series, seconds)}`);
}
