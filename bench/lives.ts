import { setTimeout as delay } from 'node:timers/promises';
import { Command } from 'commander';
import { figure } from './report/markdown.ts';
import { judgeSoak } from './soak/judge-soak.ts';
import { record, type Series, watchServices } from './soak/watch-services.ts';
import { describeMachine } from './system/host.ts';
import { type OwnSystem, onOwnSystem } from './system/on-own-system.ts';
import { allServices } from './system/wharf-system.ts';
import { freesCopiesAtOnce, uploadAndDownload } from './workloads/lives.ts';

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

await onOwnSystem({ services: allServices, store: 'folder', environment: freesCopiesAtOnce }, async (own) => {
  const mostPerSecond = await measureRate(own);
  const perSecond = (mostPerSecond * Number(options.share)) / 100;
  const rates = `measured: ${figure(mostPerSecond)} lives a second; steady: ${figure(perSecond)}`;
  console.log(`${describeMachine(own.dir)}\n\n${rates}`);
  console.log(judgeSoak(await liveOn(own, perSecond), seconds));
});

async function measureRate(own: OwnSystem): Promise<number> {
  let perSecond = 0;
  for (const _ of ['warm', 'measured']) {
    const startedAt = performance.now();
    await own.table.countFromNow();
    await uploadAndDownload(own, measuredFiles, sizeBytes);
    await own.table.until("status = 'archived'", measuredFiles);
    perSecond = measuredFiles / ((performance.now() - startedAt) / 1000);
  }
  return perSecond;
}

async function liveOn(own: OwnSystem, perSecond: number): Promise<Series> {
  const filesOfStep = Math.round(perSecond * stepSeconds);
  const series: Series = new Map();
  const startedAt = performance.now();
  const clock = () => (performance.now() - startedAt) / 1000;
  const watching = watch(own, series, clock);
  for (let step = 1; clock() < seconds; step++) {
    const { downloaded, uploaded } = await uploadAndDownload(own, filesOfStep, sizeBytes);
    record(series, 'uploads: p99, ms', { at: clock(), value: uploaded.latenciesMs.p99 });
    record(series, 'downloads: p99, ms', { at: clock(), value: downloaded.latenciesMs.p99 });
    // What took longer is made up for by the steps that follow.
    await delay(Math.max(0, step * stepSeconds - clock()) * 1000);
    if (step % 12 === 0) console.error(`${Math.round(clock())} s: ${step * filesOfStep} files`);
  }
  await watching;
  return series;
}

async function watch({ system, table }: OwnSystem, series: Series, clock: () => number): Promise<void> {
  while (clock() < seconds) {
    await watchServices(system, series, clock());
    for (const status of ['stored', 'synced']) {
      const value = await table.count(`status = '${status}'`);
      record(series, `files that are ${status} and go on`, { at: clock(), value });
    }
    await delay(readEveryMs);
  }
}
