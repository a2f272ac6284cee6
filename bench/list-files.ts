import { type FileFilter, type FileSort, ListFiles, openCaller } from '@wharf/contracts';
import { callRpc } from '@wharf/messaging';
import { metadataSettings, startMetadata } from '@wharf/metadata';
import { createLogger, loadConfig, type Running } from '@wharf/service-kit';
import { testBus } from '@wharf/test-kit';
import { Command } from 'commander';
import pg from 'pg';
import { startPostgres } from '../scripts/servers/postgres.ts';
import { createScratchFolder } from '../scripts/servers/scratch-folder.ts';
import { asBusUser, startTestNats } from '../scripts/servers/test-nats.ts';
import { nameSearchOf } from '../services/metadata/dist/files/name-search.js';
import { fillFiles } from './fill-files.ts';

const options = new Command('list-files')
  .description('How long pages of a list take: through the metadata service, on a database of its own.')
  .option('--records <count>', 'files in the table', '200000')
  .option('--pages <count>', 'pages that are asked for of each list', '200')
  .parse()
  .opts<{ records: string; pages: string }>();

const lists: [string, FileFilter][] = [
  ['everything', {}],
  ['status=stored', { status: 'stored' }],
  ['status=quarantined (rare)', { status: 'quarantined' }],
  ['status=deleted', { status: 'deleted' }],
  ['content_type=image/jpeg', { content_type: 'image/jpeg' }],
  ['content_type=image/avif (rare)', { content_type: 'image/avif' }],
  ['content_type=image/', { content_type: 'image/' }],
  ['content_type=font/ (rare)', { content_type: 'font/' }],
  ['owner_id of a third', { owner_id: 'owner-common' }],
  ['owner_id of few', { owner_id: 'owner-11' }],
  ['message_id', { message_id: 'message-77' }],
  ['an hour', { created_after: '2025-01-01T04:00:00.000Z', created_before: '2025-01-01T05:00:00.000Z' }],
  ['q=отчёт (common)', { q: 'Отчёт' }],
  ['q=port (two kinds of names)', { q: 'port' }],
  ['q=9173 (rare)', { q: '9173' }],
  ['q=отчёт берлин (none)', { q: 'отчёт берлин' }],
  ['q=pd (short)', { q: 'pd' }],
  ['q=zq (short, in no name)', { q: 'zq' }],
  ['owner_id and content_type', { owner_id: 'owner-11', content_type: 'image/' }],
  ['owner_id and q', { owner_id: 'owner-common', q: 'казань' }],
];
const sorts: FileSort[] = ['-created_at', '-size_bytes'];

const scratch = await createScratchFolder();
const log = () => {};
const postgres = await startPostgres({ dir: `${scratch.dir}/postgres`, log, runDir: scratch.runDir });
const nats = await startTestNats({ dir: `${scratch.dir}/nats`, log, runDir: scratch.runDir });
const logger = createLogger('bench', 'error');
const bus = testBus(nats.url);
let service: Running | undefined;
try {
  await bus.connected();
  const environment = { NATS_URL: asBusUser(nats.url, 'metadata'), DATABASE_URL: postgres.url, HEALTH_PORT: '0' };
  service = await startMetadata(loadConfig(metadataSettings, environment), logger);
  await untilReady(service);
  await fill();
  console.log(`${options.records} records, pages of 50, times in ms, through the service\n`);
  console.log(
    `${'list'.padEnd(34)}${'sort'.padEnd(14)}${['p50', 'p99', 'max'].map((name) => name.padStart(8)).join('')}`,
  );
  for (const [title, filter] of lists) for (const sort of sorts) await measure(title, filter, sort);
} finally {
  await service?.close();
  await bus.drain();
  await nats.stop();
  await postgres.stop();
  scratch.remove();
}

async function fill(): Promise<void> {
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  const startedAt = performance.now();
  await fillFiles(client, { count: Number(options.records), nameSearchOf });
  await client.query('vacuum analyze files');
  await client.end();
  console.log(`filled in ${Math.round(performance.now() - startedAt)} ms`);
}

/** Page after page; from the beginning again where the list ends. */
async function measure(title: string, filter: FileFilter, sort: FileSort): Promise<void> {
  const times: number[] = [];
  let cursor: string | null = null;
  for (let index = -5; index < Number(options.pages); index++) {
    const startedAt = performance.now();
    const reply: { next_cursor: string | null } = await callRpc(bus, ListFiles, {
      caller: openCaller,
      filter,
      sort,
      limit: 50,
      cursor,
    });
    if (index >= 0) times.push(performance.now() - startedAt);
    cursor = reply.next_cursor;
  }
  times.sort((a, b) => a - b);
  const at = (share: number) => (times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0).toFixed(1);
  console.log(
    `${title.padEnd(34)}${sort.padEnd(14)}${[at(0.5), at(0.99), at(1)].map((time) => time.padStart(8)).join('')}`,
  );
}

async function untilReady({ url }: Running): Promise<void> {
  while ((await fetch(`${url}/health/ready`)).status !== 200) await new Promise((resolve) => setTimeout(resolve, 100));
}
