import 'reflect-metadata';
import { openWorker, startHandlers } from '@wharf/messaging/nest';
import { keepStorePrepared, openObjectStore } from '@wharf/object-store';
import type { Logger, Running } from '@wharf/service-kit';
import { lateVolume } from '@wharf/volume';
import { type CloudSync, serviceName } from './cloud-sync.js';
import { cloudSyncModule } from './cloud-sync.module.js';
import type { Config } from './config.js';
import { copyMetrics } from './copies/copy-metrics.js';
import { CopySlots, smallAtOnce } from './copies/copy-slots.js';

export { cloudSyncSettings } from './config.js';

/** Those whose small files are under way, and half as many that wait: more survive each collection of young objects, which then costs a fifth of all. */
const heldEvents = 1.5 * smallAtOnce;

/** Starts whatever is away: NATS, the object store and the volume are tried again until they are there. */
export async function startCloudSync(config: Config, logger: Logger): Promise<Running> {
  const store = await openObjectStore(config);
  const openVolume = lateVolume(config.volumeDir);
  const worker = await openWorker(serviceName, config, logger);
  const { bus, health, lifecycle, metrics } = worker;
  lifecycle.onClose('object store', () => store.close());
  health.addProbe('object_store', () => store.probe());
  health.addProbe('volume', async () => (await openVolume()).probe());
  lifecycle.onClose('store preparation', keepStorePrepared(store, { isRepeated: !config.objectStoreUrl, logger }));

  const slots = new CopySlots(config.syncConcurrency);
  const cloudSync: CloudSync = { bus, store, slots, openVolume, health, logger, metrics: copyMetrics(metrics) };
  const handlers = await startHandlers(worker, cloudSyncModule(cloudSync), {
    concurrency: heldEvents,
    maxDeliver: config.syncMaxDeliver,
  });
  lifecycle.onClose('handlers', () => handlers.close());
  return worker;
}
