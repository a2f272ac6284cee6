import { setTimeout as delay } from 'node:timers/promises';
import { buckets, FilesStream, streamOfBucket, streams } from '@wharf/contracts';
import { AppError, type Health, type Lifecycle, type Logger, type Metrics } from '@wharf/service-kit';
import type { Bus } from './bus.js';
import { ensureStreams, jetstreamCode, readLedStream, type StreamLimits } from './ensure-streams.js';
import { findFullStream } from './full-streams.js';
import { explainJetStream } from './nats-error.js';

export interface KeptStreams {
  bus: Bus;
  /** Makes all streams and buckets, and widens them, by these. Metadata does; the others wait until it has. */
  making?: StreamLimits | undefined;
  health: Health;
  metrics: Metrics;
  logger: Logger;
  lifecycle: Lifecycle;
  /** Whether the service can do none of its work without them. */
  isEssential: boolean;
  /** Called each time that they have been made or found. */
  onReady?(): void;
}

const retryDelayMs = 1000;
const streamNotFound = 10059;
const allStreams = [
  ...streams.map(({ name }) => name),
  ...Object.values(buckets).map((bucket) => streamOfBucket(bucket)),
];

/**
 * Makes streams and key buckets at every connection, or waits for them, and tries again until they are there. Meanwhile, and while JetStream
 * does not serve them later on (no leader, deleted), the health names the reason. It also tells of streams that have refused a message for want
 * of room: that degrades a process, whatever else it can do.
 */
export function keepStreams({ bus, health, lifecycle, logger, making, metrics, ...rest }: KeptStreams): void {
  const stopper = new AbortController();
  lifecycle.onClose('streams', () => stopper.abort());
  const ready = metrics.gauge('wharf_streams_ready', '1 while the streams and key buckets of JetStream are there');
  ready.set(0);
  let problem: string | undefined = 'the streams are not made yet';
  let trying: Promise<void> | undefined;

  bus.onConnected(() => begin());
  health.addProbe('jetstream', probe, { isEssential: rest.isEssential });
  health.addProbe('streams', () => findFullStream(bus), { isEssential: false });

  async function probe(): Promise<void> {
    bus.require();
    if (problem === undefined) await look();
    if (problem !== undefined) throw new AppError('unavailable', problem);
  }

  async function look(): Promise<void> {
    try {
      await findStreams(bus, making ? allStreams : usedByAll);
    } catch (error) {
      if (bus.isConnected) fail(error);
      void begin();
    }
  }

  function begin(): Promise<void> {
    trying ??= tryUntilDone().finally(() => {
      trying = undefined;
    });
    return trying;
  }

  async function tryUntilDone(): Promise<void> {
    while (!stopper.signal.aborted && bus.isConnected) {
      try {
        if (making) await ensureStreams(bus, making);
        else await findStreams(bus, usedByAll);
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
    ready.set(1);
    health.forgetRecent();
    rest.onReady?.();
  }

  function fail(error: unknown): void {
    const reason = explainJetStream(error, making?.replicas);
    if (reason !== problem) logger.warn({ reason }, 'the streams are not there; it is tried again every second');
    problem = reason;
    ready.set(0);
  }
}

/** One stands for all: it is made last, and they live on the same servers. */
const usedByAll = [FilesStream.name];

async function findStreams(bus: Bus, names: readonly string[]): Promise<void> {
  const manager = await bus.jetstreamManager();
  for (const name of names) {
    try {
      await readLedStream(manager, name);
    } catch (error) {
      if (jetstreamCode(error) !== streamNotFound) throw error;
      throw new AppError('unavailable', `the stream ${name} is not there: metadata makes it`);
    }
  }
}
