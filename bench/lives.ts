import { setTimeout as delay } from 'node:timers/promises';
import { Command } from 'commander';
import { createScratchFolder } from '../scripts/servers/scratch-folder.ts';
import { type Client, startClient } from './client/start-client.ts';
import { figure } from './report/markdown.ts';
import { judgeSoak } from './soak/judge-soak.ts';
import { record, type Series, watchServices } from './soak/watch-services.ts';
import { FileTable } from './system/file-table.ts';
import { describeMachine } from './system/host.ts';
import { allServices, WharfSystem } from './system/wharf-system.ts';
import { freesCopiesAtOnce } from './workloads/lives.ts';

const options = new Command('lives')
  .description(
    'Files of 10 KB are uploaded, copied to a folder, downloaded once and freed, at a steady share of the rate that was measured first; tells whether memory, lags or the number of those that wait grow.',
  )
  .option('--minutes <count>', 'for how long', '30')
  .option('--share <percent>', 'of the measured rate', '80')
  .parse()
  .opts<{ minutes: string; share: string }>();

const seconds = Number(options.minutes) * 60;
const sizeBytes = 10_000;
const stepSeconds = 5;
const readEveryMs = 2000;
/** Files of each of the two rounds that measure the rate; the first one warms up. */
const measuredFiles = 3000;

const scratch = await createScratchFolder();
const { dir, runDir } = scratch;
const system = await WharfSystem.open(
  { dir, runDir, log: () => undefined },
  { services: allServices, store: 'folder', environment: freesCopiesAtOnce },
);
const client = startClient();
const table = await FileTable.open(String(system.environment.DATABASE_URL));
try {
  const mostPerSecond = await measureRate(client);
  const perSecond = (mostPerSecond * Number(options.share)) / 100;
  console.log(
    `${describeMachine(dir)}\n\nmeasured: ${figure(mostPerSecond)} lives a second; steady: ${figure(perSecond)}`,
  );
  console.log(judgeSoak(await liveOn(client, perSecond), seconds));
} finally {
  await table.close();
  await client.stop();
  await system.stop();
  scratch.remove();
}

async function measureRate(user: Client): Promise<number> {
  let perSecond = 0;
  for (const _ of ['warm', 'measured']) {
    const startedAt = performance.now();
    await table.countFromNow();
    await uploadAndDownload(user, measuredFiles);
    await table.until("status = 'archived'", measuredFiles);
    perSecond = measuredFiles / ((performance.now() - startedAt) / 1000);
  }
  return perSecond;
}

async function liveOn(user: Client, perSecond: number): Promise<Series> {
  const series: Series = new Map();
  const startedAt = performance.now();
  const clock = () => (performance.now() - startedAt) / 1000;
  const watching = watch(series, clock);
  for (let step = 1; clock() < seconds; step++) {
    await uploadAndDownload(user, Math.round(perSecond * stepSeconds), series, clock);
    // What took longer is made up for by the steps that follow.
    await delay(Math.max(0, step * stepSeconds - clock()) * 1000);
    if (step % 12 === 0) console.error(`${Math.round(clock())} s: ${step * Math.round(perSecond * stepSeconds)} files`);
  }
  await watching;
  return series;
}

async function watch(series: Series, clock: () => number): Promise<void> {
  while (clock() < seconds) {
    await watchServices(system, series, clock());
    for (const status of ['stored', 'synced']) {
      const value = await table.count(`status = '${status}'`);
      record(series, `files that are ${status} and go on`, { at: clock(), value });
    }
    await delay(readEveryMs);
  }
}

/** One content for all: which connection has sent which is not told. */
async function uploadAndDownload(user: Client, count: number, series?: Series, clock?: () => number): Promise<void> {
  const extent = { port: system.port, connections: 16, count };
  const stored = await user.run({
    ...{ kind: 'upload', body: 'raw', sizeBytes, contents: 1, ...extent, ...system.uploads('raw') },
  });
  const targets = stored.uids.map((uid) => ({ path: `/api/v1/files/${uid}`, content: 0, sizeBytes }));
  const read = await user.run({ kind: 'download', targets, ...extent });
  if (!series || !clock) return;
  record(series, 'uploads: p99, ms', { at: clock(), value: stored.latenciesMs.p99 });
  record(series, 'downloads: p99, ms', { at: clock(), value: read.latenciesMs.p99 });
}
