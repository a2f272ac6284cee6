import { afterAll, expect, test } from '@jest/globals';
import { Lifecycle } from '@wharf/service-kit';
import { eventually, testLogger } from '@wharf/test-kit';
import { AckPolicy, DeliverPolicy } from 'nats';
import { keepConsumers, readIntegration, type StreamConsumer } from '../src/index.js';
import { useOwnNats } from './own-nats.js';

const own = useOwnNats();
const lifecycle = new Lifecycle(testLogger);
const wanted = ['search=file.>', 'thumbnails=file.stored'].map((text) => readIntegration(text) as StreamConsumer);

afterAll(async () => {
  await lifecycle.close();
});

test('consumers are made for other systems, and one that stands in its own way keeps no other waiting', async () => {
  const { consumers } = await own.bus.jetstreamManager();
  // Its deliver policy cannot be changed.
  await consumers.add('FILES', {
    durable_name: 'search-file',
    filter_subject: 'file.>',
    ack_policy: AckPolicy.Explicit,
    deliver_policy: DeliverPolicy.New,
  });
  keepConsumers({ bus: own.bus, consumers: wanted, lifecycle, logger: testLogger });
  await eventually(async () => {
    const { config } = await consumers.info('FILES', 'thumbnails-file_stored');
    expect(config).toMatchObject({ filter_subject: 'file.stored', deliver_policy: DeliverPolicy.All });
  });
  expect((await consumers.info('FILES', 'search-file')).config.deliver_policy).toBe(DeliverPolicy.New);
});
