import { randomBytes, randomUUID } from 'node:crypto';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { FileRecord, type HealthReport } from '@wharf/contracts';
import type { Running } from '@wharf/service-kit';
import { eventually, type FreshFolder, freshFolder } from '@wharf/test-kit';
import { connect, type NatsConnection, StorageType } from 'nats';
import type { NatsServer } from '../scripts/servers/nats.ts';
import { clientOptions, startTestNats } from '../scripts/servers/test-nats.ts';
import { type Client, clientOf, problemOf } from './client.ts';
import { type NatsCluster, openNatsCluster } from './nats-cluster.ts';
import { openWharf, type ServiceName, type Wharf } from './wharf.ts';

jest.setTimeout(120_000);

const workers = ['metadata', 'cloud-sync', 'janitor'] as const;
/** An election, or a connection to another server, takes seconds. */
const patience = { timeoutMs: 60_000 };
const notThere = /^the stream FILES is not there: metadata makes it/;

/** All services on one NATS, which is in trouble. */
class Troubled {
  private readonly wharf: Wharf;
  private readonly services: ReadonlyMap<ServiceName, Running>;
  private readonly folder: FreshFolder;

  private constructor(wharf: Wharf, services: ReadonlyMap<ServiceName, Running>, folder: FreshFolder) {
    this.wharf = wharf;
    this.services = services;
    this.folder = folder;
  }

  static async open(environment: Record<string, string>): Promise<Troubled> {
    const folder = await freshFolder('jetstream-troubles');
    const store = { OBJECT_STORE_URL: `file://${folder.path}`, S3_ENDPOINT_URL: '' };
    const wharf = await openWharf({ ...environment, ...store, RECORD_WAIT_MS: '500' });
    const names = ['gateway', ...workers] as const;
    const started = await Promise.all(names.map(async (name) => [name, await wharf.start(name)] as const));
    return new Troubled(wharf, new Map(started), folder);
  }

  get client(): Client {
    return clientOf(this.wharf.urls[0] as string);
  }

  async close(): Promise<void> {
    await this.wharf.close();
    await this.folder.remove();
  }

  private async ready(name: ServiceName): Promise<{ code: number; report: HealthReport }> {
    const answer = await fetch(`${this.services.get(name)?.url}/health/ready`);
    return { code: answer.status, report: (await answer.json()) as HealthReport };
  }

  /**
   * Every worker is not ready, and the gateway is degraded, for this reason; what the gateway takes waits in its journal. Metadata, which makes
   * the streams, may know more than the others.
   */
  async expectTrouble(detail: RegExp, ofOthers = detail): Promise<void> {
    for (const name of ['gateway', ...workers] as const) {
      const expected = expect.stringMatching(name === 'metadata' ? detail : ofOthers);
      const jetstream = { status: 'unavailable', detail: expected };
      const [code, status] = name === 'gateway' ? [200, 'degraded'] : [503, 'unavailable'];
      await eventually(
        async () =>
          expect([name, await this.ready(name)]).toMatchObject([
            name,
            { code, report: { status, checks: { jetstream } } },
          ]),
        patience,
      );
      expect([name, await this.areStreamsReady(name)]).toEqual([name, '0']);
    }
  }

  async expectAllWell(): Promise<void> {
    for (const name of ['gateway', ...workers] as const) {
      await eventually(
        async () =>
          expect([name, await this.ready(name)]).toMatchObject([name, { code: 200, report: { status: 'ok' } }]),
        patience,
      );
      await eventually(async () => expect([name, await this.areStreamsReady(name)]).toEqual([name, '1']));
    }
  }

  async expectDegraded(check: string, detail: RegExp): Promise<void> {
    const found = { status: 'unavailable', detail: expect.stringMatching(detail) };
    await eventually(
      async () =>
        expect(await this.ready('gateway')).toMatchObject({
          code: 200,
          report: { status: 'degraded', checks: { [check]: found } },
        }),
      patience,
    );
  }

  private async areStreamsReady(name: ServiceName): Promise<string | undefined> {
    const metrics = await (await fetch(`${this.services.get(name)?.url}/metrics`)).text();
    return /^wharf_streams_ready\{.*\} (\d)$/m.exec(metrics)?.[1];
  }

  upload(headers: Record<string, string> = {}): Promise<Response> {
    const init = { method: 'POST', body: randomBytes(1000), headers };
    return fetch(`${this.client.api}/files/stream?filename=a.bin`, init);
  }

  /** The uid of an upload that was taken, and of which nobody knows yet. */
  async uploadOnPromise(): Promise<string> {
    const answer = await this.upload();
    const record = await answer.json();
    expect({ status: answer.status, record }).toMatchObject({ status: 202 });
    return FileRecord.parse(record).uid;
  }
}

describe('a cluster of three servers', () => {
  let cluster: NatsCluster;
  let wharf: Troubled | undefined;

  beforeAll(async () => {
    cluster = await openNatsCluster();
  });

  afterAll(async () => {
    await wharf?.close();
    await cluster.close();
  });

  test('of which one is missing has too few for three replicas, until it is there', async () => {
    await Promise.all([cluster.start(0), cluster.start(1)]);
    wharf = await Troubled.open({ NATS_URL: cluster.url, NATS_STREAM_REPLICAS: '3' });
    await wharf.expectTrouble(/^NATS_STREAM_REPLICAS=3 needs as many servers/, notThere);
    const uid = await wharf.uploadOnPromise();
    await cluster.start(2);
    await wharf.expectAllWell();
    await wharf.client.expectStatus(uid, 'synced', 60_000);
  });

  test('of which two are killed has no leader, and goes on when they are back', async () => {
    await Promise.all([cluster.kill(0), cluster.kill(1)]);
    // Which reason it is changes while the third finds out that it is alone.
    await wharf?.expectTrouble(
      /^(JetStream is not there|NATS, or the leader|JetStream refuses: .*(leader|unavailable)|the stream \w+ has no leader)/,
    );
    const uid = (await wharf?.uploadOnPromise()) as string;
    expect(await problemOf((await wharf?.upload({ 'Idempotency-Key': randomUUID() })) as Response)).toMatchObject({
      code: 'unavailable',
      detail: expect.stringMatching(/JetStream|leader/),
    });
    // Everything is connected to the third by now, which still tells of the streams. Metadata looks at each, and names the first.
    await wharf?.expectTrouble(/^the stream \w+ has no leader/, /^the stream FILES has no leader/);
    await Promise.all([cluster.start(0), cluster.start(1)]);
    await wharf?.expectAllWell();
    await wharf?.client.expectStatus(uid, 'synced', 60_000);
  });
});

test('the first uploads under keys succeed on a cluster that has no bucket yet', async () => {
  const cluster = await openNatsCluster();
  let wharf: Wharf | undefined;
  try {
    await Promise.all([0, 1, 2].map((index) => cluster.start(index)));
    wharf = await openWharf({ NATS_URL: cluster.url, NATS_STREAM_REPLICAS: '3' });
    const [gateway] = await Promise.all([wharf.start('gateway'), wharf.start('metadata')]);
    await eventually(async () => {
      const { checks } = (await (await fetch(`${gateway.url}/health/ready`)).json()) as HealthReport;
      expect(checks.jetstream?.status).toBe('ok');
    });
    const answers = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const answer = await fetch(`${gateway.url}/api/v1/files/stream?filename=a.bin`, {
          method: 'POST',
          body: randomBytes(1000),
          headers: { 'Idempotency-Key': randomUUID() },
        });
        return { status: answer.status, body: await answer.json() };
      }),
    );
    // 202 where three servers on a busy machine take longer to agree than a gateway waits for the record.
    expect(answers.filter(({ status }) => ![201, 202].includes(status))).toEqual([]);
  } finally {
    await wharf?.close();
    await cluster.close();
  }
});

describe('one server', () => {
  const mebibyte = 1024 * 1024;
  const storeBytes = 16 * mebibyte;
  let folder: FreshFolder;
  let nats: NatsServer;
  let connection: NatsConnection;
  let wharf: Troubled | undefined;

  beforeAll(async () => {
    folder = await freshFolder('full-server');
    nats = await startTestNats({
      dir: path.join(folder.path, 'nats'),
      jetstream: [`max_file_store: ${storeBytes}`],
      log: () => undefined,
    });
    connection = await connect(clientOptions(nats.url));
  });

  afterEach(async () => {
    await wharf?.close();
    wharf = undefined;
    const { streams } = await connection.jetstreamManager();
    for await (const { config } of streams.list()) await streams.delete(config.name);
  });

  afterAll(async () => {
    await connection.close();
    await nats.stop();
    await folder.remove();
  });

  async function addFiller(maxBytes: number): Promise<void> {
    const { streams } = await connection.jetstreamManager();
    await streams.add({ name: 'FILLER', subjects: ['filler'], storage: StorageType.File, max_bytes: maxBytes });
  }

  async function removeFiller(): Promise<void> {
    await (await connection.jetstreamManager()).streams.delete('FILLER');
  }

  test('has too few for three replicas', async () => {
    wharf = await Troubled.open({ NATS_URL: nats.url, NATS_STREAM_REPLICAS: '3' });
    await wharf.expectTrouble(/^NATS_STREAM_REPLICAS=3 needs as many servers/, notThere);
    await wharf.uploadOnPromise();
  });

  test('without room for the streams says so, and they are made when there is room', async () => {
    await addFiller(storeBytes);
    wharf = await Troubled.open({ NATS_URL: nats.url, NATS_STREAM_MAX_BYTES: String(mebibyte) });
    await wharf.expectTrouble(/^JetStream refuses: insufficient storage/, notThere);
    const uid = await wharf.uploadOnPromise();
    await removeFiller();
    await wharf.expectAllWell();
    await wharf.client.expectStatus(uid, 'synced', 60_000);
  });

  test('that becomes full degrades those who are refused, and loses nothing', async () => {
    wharf = await Troubled.open({ NATS_URL: nats.url });
    await wharf.expectAllWell();
    await addFiller(-1);
    const piece = Buffer.alloc(mebibyte / 2);
    await expect(
      (async () => {
        for (;;) await connection.jetstream().publish('filler', piece);
      })(),
    ).rejects.toThrow();
    const uid = await wharf.uploadOnPromise();
    await wharf.expectDegraded('streams', /^NATS has no room for more in FILES/);
    await removeFiller();
    await wharf.client.expectStatus(uid, 'synced', 60_000);
    await wharf.expectAllWell();
  });
});
