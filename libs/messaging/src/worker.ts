import type { INestMicroservice } from '@nestjs/common';
import {
  type ConfigOf,
  Health,
  type healthSettings,
  Lifecycle,
  type Logger,
  Metrics,
  type Running,
  serveHealth,
  type sharedSettings,
} from '@wharf/service-kit';
import { Bus } from './bus.js';
import type { StreamLimits } from './ensure-streams.js';
import { tellHealth } from './health-notices.js';
import type { JetStreamStrategyOptions } from './jetstream.strategy.js';
import { keepStreams } from './keep-streams.js';
import { natsAccess } from './nats-access.js';
import { type NestModule, startNestService } from './nest-service.js';

export type WorkerConfig = ConfigOf<typeof sharedSettings> & ConfigOf<ReturnType<typeof healthSettings>>;

/** What every service has that lives by messages alone: a bus, health and metrics on a port of their own. */
export interface Worker {
  service: string;
  bus: Bus;
  health: Health;
  metrics: Metrics;
  lifecycle: Lifecycle;
  logger: Logger;
  streamLimits: StreamLimits | undefined;
}

/**
 * The service's name is that of its NATS user. With `streamLimits` it makes the streams. Opens the health port at once, and the bus in the background: the service starts, and says that it is not ready,
 * while NATS is away. Close what the service opens by `worker.lifecycle`.
 */
export async function openWorker(
  service: string,
  config: WorkerConfig,
  logger: Logger,
  { streamLimits }: { streamLimits?: StreamLimits } = {},
): Promise<Worker & Running> {
  const lifecycle = new Lifecycle(logger);
  const health = new Health();
  const metrics = new Metrics(service);
  const healthServer = await serveHealth({ host: config.healthHost, port: config.healthPort, health, metrics, logger });
  lifecycle.onClose('health server', () => healthServer.close());

  const bus = Bus.open({ ...natsAccess(config), name: service, logger });
  lifecycle.onClose('bus', () => bus.drain());
  health.addProbe('nats', () => bus.roundTrip());
  bus.onConnected(() => health.forgetRecent());
  tellHealth(bus, health);
  keepStreams({ bus, health, lifecycle, making: streamLimits, logger, metrics, isEssential: true });

  return {
    service,
    bus,
    health,
    metrics,
    lifecycle,
    logger,
    streamLimits,
    url: healthServer.url,
    close: () => {
      // Before the handlers stop: what they give up for that reason then does not count as failed.
      health.startDraining();
      return lifecycle.close();
    },
  };
}

/** Runs the handlers of a Nest module on the worker's bus; the caller closes what it gets. */
export function startHandlers(
  worker: Worker,
  module: NestModule,
  limits: Pick<JetStreamStrategyOptions, 'concurrency' | 'maxDeliver' | 'canAnswer'>,
): Promise<INestMicroservice> {
  return startNestService(module, { ...worker, ...limits });
}
