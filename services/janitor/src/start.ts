import 'reflect-metadata';
import { Bus, ensureStreams, startNestService } from '@wharf/messaging';
import { keepStorePrepared, openObjectStore } from '@wharf/object-store';
import { Health, Lifecycle, type Logger, Metrics, type Running, serveHealth } from '@wharf/service-kit';
import { lateVolume } from '@wharf/volume';
import type { Config } from './config.js';
import { type Janitor, serviceName } from './janitor.js';
import { janitorModule } from './janitor.module.js';
import { Schedule } from './sweeps/schedule.js';
import { sweepMetrics } from './sweeps/sweep-metrics.js';

export { janitorSettings } from './config.js';

const concurrency = 8;
const maxDeliver = 10;

/** Starts whatever is away: NATS, the object store and the volume are tried again until they are there. */
export async function startJanitor(config: Config, logger: Logger): Promise<Running> {
  const lifecycle = new Lifecycle(logger);
  const health = new Health();
  const metrics = new Metrics(serviceName);
  const openVolume = lateVolume(config.volumeDir);
  const store = openObjectStore(config);
  const bus = Bus.open({ servers: config.natsUrls, name: serviceName, logger });
  health.addProbe('nats', () => bus.probe());
  health.addProbe('object_store', () => store.probe());
  health.addProbe('volume', async () => (await openVolume()).probe());

  const healthServer = await serveHealth({ host: config.healthHost, port: config.healthPort, health, metrics });
  lifecycle.onClose('health server', () => healthServer.close());
  lifecycle.onClose('object store', () => store.close());
  lifecycle.onClose('bus', () => bus.drain());

  const stopping = new AbortController();
  const preparing = keepStorePrepared(store, {
    isRepeated: !config.objectStoreUrl,
    logger,
    signal: stopping.signal,
  });
  lifecycle.onClose('store preparation', () => {
    stopping.abort();
    return preparing;
  });

  const streamLimits = { replicas: config.natsStreamReplicas, maxAgeMs: config.natsStreamMaxAgeMs };
  bus.onConnected(() => ensureStreams(bus, streamLimits));
  const janitor: Janitor = { config, bus, store, openVolume, logger, metrics: sweepMetrics(metrics) };
  const app = await startNestService(janitorModule(janitor), {
    bus,
    service: serviceName,
    health,
    metrics,
    streamLimits,
    concurrency,
    maxDeliver,
    logger,
  });
  lifecycle.onClose('consumers', () => app.close());
  const schedule = new Schedule(janitor);
  schedule.start();
  lifecycle.onClose('schedule', () => schedule.stop());
  lifecycle.onClose('readiness', () => health.startDraining());
  return { url: healthServer.url, close: () => lifecycle.close() };
}
