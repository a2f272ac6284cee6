import { eventually } from '@wharf/test-kit';
import pg from 'pg';
import type { WorkDone } from '../client/orders.ts';
import type { Client } from '../client/start-client.ts';
import { takeSample } from '../measure/sample.ts';
import { sum } from '../measure/statistics.ts';
import { readMetric } from '../system/read-metric.ts';
import type { WharfSystem } from '../system/wharf-system.ts';

/** By name; more is worse for each. */
export type Costs = Record<string, number>;

const sizeBytes = 10_000;
const seconds = 5;
const lists = ['', '&status=stored', '&content_type=image/', '&sort=-size_bytes', '&q=%D0%9E%D1%82%D1%87%D1%91%D1%82'];

/** What small work costs on this system: uploads, downloads and lists. */
export async function measureCosts(system: WharfSystem, client: Client): Promise<Costs> {
  const extent = { port: system.port, connections: 16, seconds };
  const sent = { body: 'raw' as const, sizeBytes, contents: 64, ...system.uploads('raw') };
  // The first seconds of a process are nobody's cost.
  await client.run({ kind: 'upload', ...sent, ...extent, seconds: 2 });
  const uploads = await costOf(system, () => client.run({ kind: 'upload', ...sent, ...extent }));
  const targets = (await system.offer([{ number: 0, sizeBytes }])).map((path) => ({ path, content: 0, sizeBytes }));
  const downloads = await costOf(system, () => client.run({ kind: 'download', targets, ...extent }));
  const paths = lists.map((query) => `/api/v1/files?limit=50${query}`);
  const pages = await costOf(system, () =>
    client.run({ kind: 'ask', method: 'GET', paths, status: 200, ...extent, connections: 4 }),
  );
  return {
    ...named('10 KB uploads', uploads),
    ...named('10 KB downloads', downloads),
    ...named('pages of 50', pages),
  };
}

interface Cost {
  p50Ms: number;
  p99Ms: number;
  cpuMs: number;
}

function named(title: string, { cpuMs, p50Ms, p99Ms }: Cost): Costs {
  return { [`${title}, p50 ms`]: p50Ms, [`${title}, p99 ms`]: p99Ms, [`${title}, CPU ms each`]: cpuMs };
}

/** CPU counts that of the servers: the database is where growing tables cost. */
async function costOf(system: WharfSystem, work: () => Promise<WorkDone>): Promise<Cost> {
  const sample = await takeSample({ own: system.processes(), servers: system.serverProcesses() }, work);
  const { latenciesMs, statuses } = sample.done;
  const cpuSeconds = sum(Object.values(sample.cpuSeconds)) + sum(Object.values(sample.serverCpuSeconds));
  const cpuMs = (cpuSeconds * 1000) / sum(Object.values(statuses));
  return { p50Ms: latenciesMs.p50, p99Ms: latenciesMs.p99, cpuMs };
}

/** Copies what was uploaded, and then lets the janitor purge all of it: milliseconds a file. */
export async function purgeCost(system: WharfSystem): Promise<number> {
  const client = new pg.Client({ connectionString: system.environment.DATABASE_URL });
  await client.connect();
  try {
    const count = async (condition: string) =>
      (await client.query(`select count(*)::int from files where ${condition}`)).rows[0].count as number;
    const isOurs = `original_name like 'bench-%' and status`;
    await system.start('cloud-sync');
    await untilNone(() => count(`${isOurs} = 'stored'`));
    await system.stopService('cloud-sync');
    const files = await count(`${isOurs} = 'synced'`);
    await system.stopService('janitor');
    await system.start('janitor', { PURGE_AFTER: '0s', PURGE_SCHEDULE: '* * * * * *', PURGE_HIGH_WATER: '100' });
    await untilNone(() => count(`${isOurs} = 'synced'`));
    const spent = readMetric(await system.metrics('janitor'), 'wharf_janitor_sweep_seconds_sum', 'sweep="purge"');
    return (spent * 1000) / files;
  } finally {
    await client.end();
  }
}

async function untilNone(count: () => Promise<number>): Promise<void> {
  await eventually(
    async () => {
      const left = await count();
      if (left > 0) throw new Error(`${left} files are not there yet`);
    },
    { timeoutMs: 600_000, everyMs: 200 },
  );
}
