import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import { type FreshFolder, freshBus, freshFolder } from '@wharf/test-kit';
import type { NatsServer } from '../../../scripts/servers/nats.ts';
import { startTestNats } from '../../../scripts/servers/test-nats.ts';
import type { Bus } from '../src/index.js';

export interface OwnNats {
  nats: NatsServer;
  dir: string;
  bus: Bus;
}

/**
 * A NATS server of this test file, and for each test a bus to it, with Wharf's streams as new. `settings` are lines of its configuration.
 * Call it first: consumers that are stopped after their bus was drained need not wait until their requests run out.
 */
export function useOwnNats(settings: readonly string[] = []): OwnNats {
  const own = {} as OwnNats;
  let folder: FreshFolder;

  beforeAll(async () => {
    folder = await freshFolder('own-nats');
    own.dir = folder.path;
    own.nats = await startTestNats({ dir: own.dir, log: () => undefined, settings });
  });

  afterAll(async () => {
    await own.nats?.stop();
    await folder?.remove();
  });

  beforeEach(async () => {
    own.bus = await freshBus(own.nats.url);
  });

  afterEach(async () => {
    await own.bus.drain();
  });

  return own;
}
