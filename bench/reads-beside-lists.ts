import { type FileFilter, GetFile, ListFiles, openCaller } from '@wharf/contracts';
import { callRpc } from '@wharf/messaging';
import { testBus } from '@wharf/test-kit';
import { Command } from 'commander';
import pg from 'pg';
import { startPostgres } from '../scripts/servers/postgres.ts';
import { createScratchFolder } from '../scripts/servers/scratch-folder.ts';
import { asBusUser, startTestNats } from '../scripts/servers/test-nats.ts';
import { nameSearchOf } from '../services/metadata/dist/files/name-search.js';
import { fillFiles } from './fill-files.ts';
import { startWharfService } from './system/wharf-service.ts';

const options = new Command('reads-beside-lists')
  .description(
    'How long single records take while many clients search: through a metadata process, on a database of its own.',
  )
  .option('--records <count>', 'files in the table', '300000')
  .option('--clients <count>', 'clients that search, each one list at a time', '40')
  .option('--seconds <count>', 'for which each search is measured', '6')
  .parse()
  .opts<{ records: string; clients: string; seconds: string }>();

const searches: [string, FileFilter][] = [
  ['q=zq (in no name)', { q: 'zq' }],
  ['q=pd', { q: 'pd' }],
  ['q=x', { q: 'x' }],
  ['q=%', { q: '%' }],
  ['q=отчёт (common)', { q: 'отчёт' }],
  ['q=отчёт берлин (none)', { q: 'отчёт берлин' }],
  ['type and status (none)', { content_type: 'application/pdf', status: 'stored' }],
];

/** How long calls took, and how many failed. */
class Times {
  failed = 0;
  private readonly times: number[] = [];

  get count(): number {
    return this.times.length;
  }

  async time<Result>(call: Promise<Result>): Promise<Result | undefined> {
    const startedAt = performance.now();
    try {
      return await call;
    } catch {
      this.failed++;
      return undefined;
    } finally {
      this.times.push(performance.now() - startedAt);
    }
  }

  at(share: number): string {
    const sorted = this.times.toSorted((one, other) => one - other);
    return (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(1);
  }
}

const scratch = await createScratchFolder();
const log = () => {};
const postgres = await startPostgres({ dir: `${scratch.dir}/postgres`, log, runDir: scratch.runDir });
const nats = await startTestNats({ dir: `${scratch.dir}/nats`, log, runDir: scratch.runDir });
const bus = testBus(nats.url);
try {
  await bus.connected();
  const service = await startWharfService({
    name: 'metadata',
    environment: { NATS_URL: asBusUser(nats.url, 'metadata'), DATABASE_URL: postgres.url },
    dir: scratch.dir,
    runDir: scratch.runDir,
  });
  try {
    const uids = await fill();
    console.log(`${options.records} records, ${options.clients} clients that search, times in ms\n`);
    console.log(row(['search', 'reads', 'p50', 'p99', 'max', 'failed', 'lists', 'p50', 'p99', 'refused']));
    await measure('nobody searches', undefined, uids);
    for (const [title, filter] of searches) await measure(title, filter, uids);
  } finally {
    await service.process.stop();
  }
} finally {
  await bus.drain();
  await nats.stop();
  await postgres.stop();
  scratch.remove();
}

async function fill(): Promise<string[]> {
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  await fillFiles(client, { count: Number(options.records), nameSearchOf });
  await client.query('vacuum analyze files');
  const { rows } = await client.query('select uid from files order by md5(uid::text) limit 1000');
  await client.end();
  return rows.map(({ uid }) => uid);
}

async function measure(title: string, filter: FileFilter | undefined, uids: string[]): Promise<void> {
  const endAt = performance.now() + Number(options.seconds) * 1000;
  const lists = new Times();
  const reads = new Times();
  const searching = Array.from({ length: filter ? Number(options.clients) : 0 }, async () => {
    for (let cursor: string | null = null; performance.now() < endAt; ) {
      const listing: Promise<{ next_cursor: string | null }> = callRpc(bus, ListFiles, {
        caller: openCaller,
        filter: filter ?? {},
        sort: '-created_at',
        limit: 50,
        cursor,
      });
      const page: { next_cursor: string | null } | undefined = await lists.time(listing);
      cursor = page?.next_cursor ?? null;
    }
  });
  for (let index = 0; performance.now() < endAt; index++) {
    await reads.time(callRpc(bus, GetFile, { caller: openCaller, uid: String(uids[index % uids.length]) }));
  }
  await Promise.all(searching);
  const figures = [reads.count, reads.at(0.5), reads.at(0.99), reads.at(1), reads.failed];
  console.log(row([title, ...figures, lists.count, lists.at(0.5), lists.at(0.99), lists.failed]));
}

function row([title, ...figures]: (string | number)[]): string {
  return `${String(title).padEnd(26)}${figures.map((figure) => String(figure).padStart(9)).join('')}`;
}
