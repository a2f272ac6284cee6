import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { WorkDone } from '../client/orders.ts';
import type { ContestantName } from '../system/contestant.ts';
import { publishStoredEvents } from '../system/publish-stored-events.ts';
import type { WharfSystem } from '../system/wharf-system.ts';
import type { Arena, Entrant, Workload } from './workload.ts';

const events = 10_000;
const pollMs = 20;

/** How fast metadata takes up a backlog of `file.stored`, as after an outage of it. */
export const recordWorkload: Workload = {
  id: 'W11',
  title: `${events.toLocaleString('en-US')} events file.stored that wait in the stream, recorded by metadata`,
  unit: '1/s',
  status: 201,
  contestants: ['wharf'],
  enter,
};

async function enter(name: string, { contestants }: Arena): Promise<Entrant> {
  const wharf = (await contestants.get(name as ContestantName)) as WharfSystem;
  const client = new pg.Client({ connectionString: wharf.environment.DATABASE_URL });
  await client.connect();
  contestants.keep({ stop: () => client.end() });
  let turn = 0;
  return {
    processes: () => wharf.processes().filter(({ name }) => name === 'metadata'),
    serverProcesses: () => wharf.serverProcesses(),
    // Held still, not stopped: the start of the process is not what is measured.
    async ready() {
      signalMetadata(wharf, 'SIGSTOP');
      await publishStoredEvents(wharf, { count: events, messageId: `bench-${++turn}` });
    },
    run: () => untilRecorded(wharf, client, `bench-${turn}`),
  };
}

async function untilRecorded(wharf: WharfSystem, client: pg.Client, messageId: string): Promise<WorkDone> {
  const startedAt = performance.now();
  signalMetadata(wharf, 'SIGCONT');
  for (let recorded = 0; recorded < events; ) {
    await delay(pollMs);
    const { rows } = await client.query('select count(*)::int from files where message_id = $1', [messageId]);
    recorded = rows[0].count;
  }
  const seconds = (performance.now() - startedAt) / 1000;
  const unknown = { p50: Number.NaN, p99: Number.NaN, max: Number.NaN };
  return { seconds, statuses: { 201: events }, bytes: 0, latenciesMs: unknown, clientCpuSeconds: 0, uids: [] };
}

function signalMetadata(wharf: WharfSystem, signal: NodeJS.Signals): void {
  process.kill(wharf.service('metadata').process.pid, signal);
}
