import { renameSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import type { WorkDone } from './client/orders.ts';
import { figure } from './report/markdown.ts';
import type { FileTable } from './system/file-table.ts';
import { type OwnSystem, onOwnSystem } from './system/on-own-system.ts';
import { allServices } from './system/wharf-system.ts';
import { keepsCopies } from './workloads/lives.ts';

const options = new Command('backlog')
  .description(
    'Takes the object store away while files of 10 KB are uploaded, brings it back, and tells how the backlog is worked off and how uploads fare meanwhile.',
  )
  .option('--files <count>', 'uploaded while the store is away', '200000')
  .option('--seconds <count>', 'that each measured turn of uploads lasts', '10')
  .parse()
  .opts<{ files: string; seconds: string }>();

const files = Number(options.files);
const connections = 16;
/** Between turns of uploads, in which the backlog is worked off alone. */
const restMs = 20_000;
const lookMs = 2_000;

await onOwnSystem({ services: allServices, store: 'folder', environment: keepsCopies }, measure);

async function measure({ client, system, table }: OwnSystem): Promise<void> {
  const upload = (extent: { count: number } | { seconds: number }) =>
    client.run({
      ...{ kind: 'upload', body: 'raw', sizeBytes: 10_000, contents: 256, connections, ...extent },
      ...{ port: system.port, ...system.uploads('raw') },
    });
  const turn = async (title: string) => console.log(row(title, await upload({ seconds: Number(options.seconds) })));
  const folder = fileURLToPath(String(system.environment.OBJECT_STORE_URL));
  console.log(
    '| uploads of 10 KB on 16 connections | 1/s | p50 ms | p99 ms | longest ms |\n| --- | --- | --- | --- | --- |',
  );

  renameSync(folder, `${folder}.away`);
  console.log(row(`the first ${files.toLocaleString('en-US')}, the store is away`, await upload({ count: files })));
  await turn('the store is away, nothing is copied');

  renameSync(`${folder}.away`, folder);
  const startedAt = performance.now();
  let measuredMs = 0;
  for (let left = await table.count("status = 'stored'"); left > 0; left = await table.count("status = 'stored'")) {
    const turnAt = performance.now();
    await turn(`${left.toLocaleString('en-US')} wait for their copy`);
    measuredMs += performance.now() - turnAt;
    await restUntilNoneWaits(table);
  }
  const seconds = (performance.now() - startedAt) / 1000;
  const copied = await table.count("status = 'synced'");
  await turn('nothing waits, each is copied as it comes');
  const share = figure((measuredMs / 1000 / seconds) * 100);
  console.log(
    `\n${copied.toLocaleString('en-US')} files copied in ${figure(seconds)} s: ${figure(copied / seconds)} a second, with uploads ${share} % of the time.`,
  );
}

/** Looks seldom: to count a hundred thousand records costs the database what the copies need. */
async function restUntilNoneWaits(table: FileTable): Promise<void> {
  for (let rested = 0; rested < restMs; rested += lookMs) {
    await delay(lookMs);
    if ((await table.count("status = 'stored'")) === 0) return;
  }
}

function row(title: string, { latenciesMs: { max, p50, p99 }, seconds, statuses }: WorkDone): string {
  const answered = Object.values(statuses).reduce((sum, count) => sum + count, 0);
  return `| ${[title, ...[answered / seconds, p50, p99, max].map(figure)].join(' | ')} |`;
}
