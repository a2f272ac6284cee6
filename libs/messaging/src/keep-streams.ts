import { setTimeout as delay } from 'node:timers/promises';
import { buckets, FilesStream, uploadKeysKeptMs } from '@wharf/contracts';
import { AppError, type Health, type Lifecycle, type Logger, type Metrics } from '@wharf/service-kit';
import type { Bus } from './bus.js';
import { ensureStreams, maxBytesOf, readLedStream, type StreamLimits } from './ensure-streams.js';
import { findFullStream } from './full-streams.js';
import { makeBucket } from './key-value.js';
import { explainJetStream } from './nats-error.js';

export interface KeptStreams {
  bus: Bus;
  limits: StreamLimits;
  health: Health;
  metrics: Metrics;
  logger: Logger;
  lifecycle: Lifecycle;
  /** Whether the service can do none of its work without them. */
  isEssential: boolean;
  /** Called each time that they have been made or found. */
  onMade?(): void;
}

const retryDelayMs = 1000;

/**
 * Makes streams and key buckets at every connection, and tries again until they are there. Meanwhile, and while JetStream does not serve them
 * later on (no leader, deleted), the health names the reason. It also tells of streams that have refused a message for want of room: that
 * degrades a process, whatever else it can do.
 */
export function keepStreams({ bus, health, lifecycle, limits, logger, metrics, ...rest }: KeptStreams): void {
  const stopper = new AbortController();
  lifecycle.onClose('streams', () => stopper.abort());
  const made = metrics.gauge('wharf_streams_ready', '1 while the streams and key buckets of JetStream are there');
  made.set(0);
  let problem: string | undefined = 'the streams are not made yet';
  let making: Promise<void> | undefined;

  bus.onConnected(() => make());
  health.addProbe('jetstream', probe, { isEssential: rest.isEssential });
  health.addProbe('streams', () => findFullStream(bus), { isEssential: false });

  async function probe(): Promise<void> {
    bus.require();
    if (problem === undefined) await look();
    if (problem !== undefined) throw new AppError('unavailable', problem);
  }

  /** One stream stands for all: they live on the same servers. */
  async function look(): Promise<void> {
    try {
      await readLedStream(await bus.jetstreamManager(), FilesStream.name);
    } catch (error) {
      if (bus.isConnected) fail(error);
      void make();
    }
  }

  function make(): Promise<void> {
    making ??= makeUntilDone().finally(() => {
      making = undefined;
    });
    return making;
  }

  async function makeUntilDone(): Promise<void> {
    while (!stopper.signal.aborted && bus.isConnected) {
      try {
        await ensureStreams(bus, limits);
        await makeBucket(bus, buckets.uploadKeys, {
          ttlMs: uploadKeysKeptMs,
          replicas: limits.replicas,
          maxBytes: maxBytesOf(limits, buckets.uploadKeys),
        });
        succeed();
        return;
      } catch (error) {
        if (bus.isConnected) fail(error);
      }
      await delay(retryDelayMs, undefined, { signal: stopper.signal }).catch(() => undefined);
    }
  }

  function succeed(): void {
    problem = undefined;
    made.set(1);
    health.forgetRecent();
    rest.onMade?.();
  }

  function fail(error: unknown): void {
    const reason = explainJetStream(error, limits.replicas);
    if (reason !== problem)
      logger.warn({ reason }, 'the streams cannot be made or read; it is tried again every second');
    problem = reason;
    made.set(0);
  }
}
