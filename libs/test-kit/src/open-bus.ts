import { Bus, natsAccess } from '@wharf/messaging';
import { loadConfig, natsSettings } from '@wharf/service-kit';
import { testLogger } from './test-logger.js';

/** A bus beside those of the services, with the credentials of the address. It asks as the command line does, whose inbox services answer. */
export function testBus(url: string): Bus {
  return Bus.open({ ...natsAccess(loadConfig(natsSettings, { NATS_URL: url })), name: 'wharf', logger: testLogger });
}
