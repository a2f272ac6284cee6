import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { buckets, FilesStream, GetFile, openCaller, streamOfBucket, streams } from '@wharf/contracts';
import { Health, Lifecycle, Metrics } from '@wharf/service-kit';
import { eventually, type FreshFolder, freshFolder, testBus, testLogger } from '@wharf/test-kit';
import { startTestNats } from '../../../scripts/servers/test-nats.ts';
import { callRpc, keepStreams, type StreamLimits } from '../src/index.js';

let folder: FreshFolder;
let nats: Awaited<ReturnType<typeof startTestNats>>;
const lifecycles: Lifecycle[] = [];
const limits = { replicas: 1, maxAgeMs: 0 };

beforeAll(async () => {
  folder = await freshFolder('wharf-keep-streams');
  nats = await startTestNats({ dir: folder.path, log: () => {}, runDir: process.env.WHARF_TEST_RUN_DIR });
});

afterAll(async () => {
  await nats.stop();
  await folder.remove();
});

afterEach(async () => {
  for (const lifecycle of lifecycles.splice(0)) await lifecycle.close();
});

function keep(making: StreamLimits | undefined) {
  const bus = testBus(nats.url);
  const lifecycle = new Lifecycle(testLogger);
  lifecycles.push(lifecycle);
  lifecycle.onClose('bus', () => bus.drain());
  const [health, metrics] = [new Health(), new Metrics('test')];
  keepStreams({ bus, health, metrics, lifecycle, logger: testLogger, making, isEssential: true });
  return { bus, health, lifecycle, metrics };
}

test('more replicas than servers: not ready, in words and as a metric', async () => {
  const { health, metrics } = keep({ replicas: 3, maxAgeMs: 0 });
  const detail = expect.stringMatching(/^NATS_STREAM_REPLICAS=3 needs as many servers/);
  await eventually(async () =>
    expect(await health.report()).toMatchObject({
      status: 'unavailable',
      checks: { jetstream: { status: 'unavailable', detail } },
    }),
  );
  expect(await metrics.text()).toMatch(/^wharf_streams_ready\{.*\} 0$/m);
});

test('who makes no streams waits until they are there, and says who makes them', async () => {
  const { health } = keep(undefined);
  const detail = 'the stream FILES is not there: metadata makes it';
  const missing = { status: 'unavailable', checks: { jetstream: { status: 'unavailable', detail } } };
  await eventually(async () => expect(await health.report()).toMatchObject(missing));
  const { bus } = keep(limits);
  await eventually(async () => expect(await health.report()).toMatchObject({ status: 'ok' }));
  const { streams: made } = await bus.jetstreamManager();
  for await (const { config } of made.list()) await made.delete(config.name);
});

test('streams and buckets are made at the start, and again when one of them is deleted', async () => {
  const { bus, health, metrics } = keep(limits);
  const names = [...streams.map(({ name }) => name), ...Object.values(buckets).map(streamOfBucket)].sort();
  const untilMade = () =>
    eventually(async () => {
      const found: string[] = [];
      for await (const { config } of (await bus.jetstreamManager()).streams.list()) found.push(config.name);
      expect(found.sort()).toEqual(names);
      expect(await health.report()).toMatchObject({ status: 'ok' });
    });
  await untilMade();
  await eventually(async () => expect(await metrics.text()).toMatch(/^wharf_streams_ready\{.*\} 1$/m));
  for (const name of [FilesStream.name, streamOfBucket(buckets.leases)]) {
    await (await bus.jetstreamManager()).streams.delete(name);
    health.forgetRecent();
    expect(await health.report()).toMatchObject({ status: 'unavailable' });
    await untilMade();
  }
});

test('who is away is named: the service, or NATS', async () => {
  const { bus, lifecycle } = keep(limits);
  await bus.connected();
  const call = () => callRpc(bus, GetFile, { caller: openCaller, uid: crypto.randomUUID() }, { timeoutMs: 300 });
  const nobody = { code: 'unavailable', message: expect.stringMatching(/^metadata is not there/) };
  await expect(call()).rejects.toMatchObject(nobody);
  bus.require().subscribe(GetFile.subject, { callback: () => {} });
  await bus.roundTrip();
  const silent = { code: 'unavailable', message: expect.stringMatching(/^metadata did not answer .* in time/) };
  await expect(call()).rejects.toMatchObject(silent);
  await lifecycle.close();
  await expect(call()).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringMatching(/^NATS is not connected/),
  });
});
