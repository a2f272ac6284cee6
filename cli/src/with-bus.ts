import { Bus, natsAccess } from '@wharf/messaging';
import { checkNats, createLogger, type Environment, loadConfig, natsSettings, withTimeout } from '@wharf/service-kit';

const connectMs = 5000;

/** Runs a command on a connection to NATS, which closes afterwards. Throws `unavailable` when NATS does not answer. */
export async function withBus<Result>(environment: Environment, work: (bus: Bus) => Promise<Result>): Promise<Result> {
  const access = natsAccess(loadConfig(natsSettings, environment, checkNats));
  // Standard output belongs to what was asked for.
  const bus = Bus.open({ ...access, name: 'wharf', logger: createLogger('wharf', 'silent') });
  try {
    await withTimeout(
      connectMs,
      bus.connected(),
      'NATS does not let us in: are NATS_URL, NATS_USER and NATS_PASSWORD right?',
    );
    return await work(bus);
  } finally {
    await bus.drain();
  }
}
