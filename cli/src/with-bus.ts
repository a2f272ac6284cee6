import { setTimeout as delay } from 'node:timers/promises';
import { Bus } from '@wharf/messaging';
import { AppError, createLogger, type Environment, loadConfig, sharedSettings } from '@wharf/service-kit';

const connectMs = 5000;

/** Runs a command on a connection to NATS, which closes afterwards. Throws `unavailable` when NATS does not answer. */
export async function withBus<Result>(environment: Environment, work: (bus: Bus) => Promise<Result>): Promise<Result> {
  const { natsUrls } = loadConfig({ natsUrls: sharedSettings.natsUrls }, environment);
  // Standard output belongs to what was asked for.
  const bus = Bus.open({ servers: natsUrls, name: 'wharf', logger: createLogger('wharf', 'silent') });
  const giveUp = new AbortController();
  try {
    await Promise.race([bus.connected(), refuseAfter(connectMs, giveUp.signal)]);
    return await work(bus);
  } finally {
    giveUp.abort();
    await bus.drain();
  }
}

async function refuseAfter(ms: number, signal: AbortSignal): Promise<never> {
  await delay(ms, undefined, { signal });
  throw new AppError('unavailable', 'NATS does not answer: is NATS_URL right?');
}
