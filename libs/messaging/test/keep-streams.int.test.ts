import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { buckets, FilesStream, GetFile, openCaller, streamOfBucket, streams } from '@wharf/contracts';
import { Health, Lifecycle, Metrics } from '@wharf/service-kit';
import { eventually, type FreshFolder, freshFolder, testLogger } from '@wharf/test-kit';
import { startNats } from '../../../scripts/servers/nats.ts';
import { Bus, callRpc, keepStreams } from '../src/index.js';

let folder: FreshFolder;
let nats: Awaited<ReturnType<typeof startNats>>;
const lifecycles: Lifecycle[] = [];

beforeAll(async () => {
  folder = await freshFolder('wharf-keep-streams');
  nats = await startNats({ dir: folder.path, log: () => {}, runDir: process.env.WHARF_TEST_RUN_DIR });
});

afterAll(async () => {
  await nats.stop();
  await folder.remove();
});

afterEach(async () => {
  for (const lifecycle of lifecycles.splice(0)) await lifecycle.close();
});

function keep(replicas: number) {
  const bus = Bus.open({ servers: [nats.url], name: 'test', logger: testLogger });
  const lifecycle = new Lifecycle(testLogger);
  lifecycles.push(lifecycle);
  lifecycle.onClose('bus', () => bus.drain());
  const [health, metrics] = [new Health(), new Metrics('test')];
  const limits = { replicas, maxAgeMs: 0 };
  keepStreams({ bus, health, metrics, lifecycle, logger: testLogger, limits, isEssential: true });
  return { bus, health, lifecycle, metrics };
}

test('more replicas than servers: not ready, in words and as a metric', async () => {
  const { health, metrics } = keep(3);
  const detail = expect.stringMatching(/^NATS_STREAM_REPLICAS=3 needs as many servers/);
  await eventually(async () =>
    expect(await health.report()).toMatchObject({
      status: 'unavailable',
      checks: { jetstream: { status: 'unavailable', detail } },
    }),
  );
  expect(await metrics.text()).toMatch(/^wharf_streams_ready\{.*\} 0$/m);
});

test('streams and the bucket of keys are made at the start, and again when they are deleted', async () => {
  const { bus, health, metrics } = keep(1);
  const names = [...streams.map(({ name }) => name), streamOfBucket(buckets.uploadKeys)].sort();
  const untilMade = () =>
    eventually(async () => {
      const found: string[] = [];
      for await (const { config } of (await bus.jetstreamManager()).streams.list()) found.push(config.name);
      expect(found.sort()).toEqual(names);
      expect(await health.report()).toMatchObject({ status: 'ok' });
    });
  await untilMade();
  await eventually(async () => expect(await metrics.text()).toMatch(/^wharf_streams_ready\{.*\} 1$/m));
  await (await bus.jetstreamManager()).streams.delete(FilesStream.name);
  expect(await health.report()).toMatchObject({ status: 'unavailable' });
  await untilMade();
});

test('who is away is named: the service, or NATS', async () => {
  const { bus, lifecycle } = keep(1);
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
