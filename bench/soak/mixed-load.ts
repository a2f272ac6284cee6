import type { UploadOrder, WorkDone } from '../client/orders.ts';
import { type Client, startClient } from '../client/start-client.ts';
import { sum } from '../measure/statistics.ts';
import type { WharfSystem } from '../system/wharf-system.ts';
import { record, type Series } from './watch-services.ts';

const smallBytes = 10_000;
/** Rounds after which the files of one are deleted: some are copied and purged by then. */
const keptRounds = 20;
/** Of every so many files one stays for ever. */
const keptShare = 20;

/**
 * Rounds of uploads small and large, raw and by form, beside downloads of what the rounds before left and deletions of what
 * is older. Always the same amount, so that only the system can be the reason for what changes.
 */
export class MixedLoad {
  uploads = 0;
  downloads = 0;
  deletes = 0;
  private readonly system: WharfSystem;
  private readonly series: Series;
  private readonly clock: () => number;
  private readonly clients: Client[] = [startClient(), startClient(), startClient()];
  /** Small files by round, each in the order of their contents. */
  private readonly rounds: string[][] = [];

  constructor(system: WharfSystem, series: Series, clock: () => number) {
    this.system = system;
    this.series = series;
    this.clock = clock;
  }

  async run(seconds: number): Promise<void> {
    const [first, second, third] = this.clients as [Client, Client, Client];
    while (this.clock() < seconds) {
      await Promise.all([this.uploadSmall(first), this.uploadLarge(second), this.readAndDelete(third)]);
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.clients.map((client) => client.stop()));
  }

  private async uploadSmall(client: Client): Promise<void> {
    const done = await this.upload(client, {
      body: 'raw',
      sizeBytes: smallBytes,
      contents: 1,
      connections: 1,
      count: 100,
    });
    const more = await this.upload(client, {
      body: 'form',
      sizeBytes: smallBytes,
      contents: 1,
      connections: 8,
      count: 200,
    });
    this.rounds.push([...done.uids, ...more.uids]);
    this.note('10 KB uploads, 8 at a time: p99, ms', more);
  }

  private async uploadLarge(client: Client): Promise<void> {
    const done = await this.upload(client, {
      body: 'raw',
      sizeBytes: 20_000_000,
      contents: 1,
      connections: 1,
      count: 2,
    });
    this.note('20 MB uploads: longest, ms', done);
    await this.delete(client, done.uids);
  }

  private async readAndDelete(client: Client): Promise<void> {
    // All have the same content, whichever their order.
    const targets = [this.rounds.at(-2), this.rounds.at(-keptRounds + 1)]
      .flatMap((uids) => uids ?? [])
      .map((uid) => ({ path: `/api/v1/files/${uid}`, content: 0, sizeBytes: smallBytes }));
    if (targets.length === 0) return;
    const extent = { port: this.system.port, connections: 4, count: targets.length };
    const done = await client.run({ kind: 'download', targets, ...extent });
    this.downloads += sum(Object.values(done.statuses));
    this.note('10 KB downloads, 4 at a time: p99, ms', done);
    if (this.rounds.length <= keptRounds) return;
    const oldest = this.rounds.shift() ?? [];
    await this.delete(
      client,
      oldest.filter((_, index) => index % keptShare !== 0),
    );
  }

  private async upload(
    client: Client,
    order: Pick<UploadOrder, 'body' | 'sizeBytes' | 'contents' | 'connections' | 'count'>,
  ) {
    const done = await client.run({
      kind: 'upload',
      ...order,
      ...this.system.uploads(order.body),
      port: this.system.port,
    });
    this.uploads += sum(Object.values(done.statuses));
    if (done.statuses[202]) await this.system.untilRecorded(done.uids);
    return done;
  }

  private async delete(client: Client, uids: readonly string[]): Promise<void> {
    const paths = uids.map((uid) => `/api/v1/files/${uid}`);
    const extent = { port: this.system.port, connections: 4, count: paths.length };
    const { statuses } = await client.run({ kind: 'ask', method: 'DELETE', paths, status: 204, ...extent });
    this.deletes += sum(Object.values(statuses));
  }

  private note(title: string, { latenciesMs }: WorkDone): void {
    record(this.series, title, { at: this.clock(), value: latenciesMs.p99 });
  }
}
