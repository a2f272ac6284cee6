import { setTimeout as delay } from 'node:timers/promises';
import type { Lifecycle, Logger } from '@wharf/service-kit';
import type { Bus } from './bus.js';
import { ensureConsumer } from './ensure-consumer.js';
import type { StreamConsumer } from './users/jetstream-subjects.js';

export interface KeptConsumers {
  bus: Bus;
  consumers: readonly StreamConsumer[];
  lifecycle: Lifecycle;
  logger: Logger;
}

const retryDelayMs = 5000;

/**
 * Makes the durable consumers by which other systems read, at every connection, as soon as their streams are there. They cannot make them:
 * a consumer delivers wherever its maker wants, past all permissions. What stands in the way of one keeps nothing else waiting.
 */
export function keepConsumers({ bus, consumers, lifecycle, logger }: KeptConsumers): void {
  const stopper = new AbortController();
  lifecycle.onClose('consumers of other systems', () => stopper.abort());
  let trying: Promise<void> | undefined;

  if (consumers.length === 0) return;
  bus.onConnected(() => {
    trying ??= makeAll().finally(() => {
      trying = undefined;
    });
    return trying;
  });

  async function makeAll(): Promise<void> {
    let missing = consumers;
    while (!stopper.signal.aborted && bus.isConnected) {
      missing = await makeEach(missing);
      if (missing.length === 0) return;
      await delay(retryDelayMs, undefined, { signal: stopper.signal }).catch(() => undefined);
    }
  }

  async function makeEach(wanted: readonly StreamConsumer[]): Promise<StreamConsumer[]> {
    const failed: StreamConsumer[] = [];
    for (const consumer of wanted) {
      try {
        await ensureConsumer(bus, consumer);
      } catch (error) {
        failed.push(consumer);
        if (bus.isConnected)
          logger.warn({ error, consumer: consumer.durable }, 'a consumer cannot be made; it is tried again');
      }
    }
    return failed;
  }
}
