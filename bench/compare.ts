import path from 'node:path';
import { writeBetweenMarks } from '../scripts/pages/write-between-marks.ts';
import { startClient } from './client/start-client.ts';
import type { Row } from './measure/results.ts';
import { runWorkload } from './measure/run-workload.ts';
import { judge } from './report/judge.ts';
import { toMarkdown } from './report/markdown.ts';
import { readProfiles, type Window } from './report/profile.ts';
import { Contestants } from './system/contestants.ts';
import { describeMachine } from './system/host.ts';
import { installPeers } from './system/install-peers.ts';
import type { Place } from './system/place.ts';
import { usualSystem, WharfSystem } from './system/wharf-system.ts';
import { workloads } from './workloads/index.ts';
import type { Workload } from './workloads/workload.ts';

export interface CompareOptions {
  only?: string[];
  among?: string[];
  repeats: number;
  write?: string;
  /** Measures Wharf alone and profiles it into this folder. */
  profile?: string;
}

const say = (line: string) => console.error(line);

/** Throws where no workload has one of these names. */
export function chooseWorkloads(only: readonly string[] | undefined): Workload[] {
  const chosen = workloads.filter(({ id }) => !only || only.includes(id));
  if (chosen.length === 0) throw new Error(`there is no workload ${only}: ${workloads.map(({ id }) => id).join(', ')}`);
  return chosen;
}

/** Runs the workloads and prints what they came to. */
export async function compare(options: CompareOptions, place: Place): Promise<void> {
  const { only, profile, write } = options;
  const chosen = chooseWorkloads(only);
  await installPeers(say);
  const windows: Window[] = [];
  const { failed, rows } = await measure(chosen, options, place, windows);
  const report = [describeRun(place), toMarkdown(rows), ...(profile ? [] : ['### Marks', judge(rows)])].join('\n\n');
  console.log(report);
  if (write && failed.length === 0) writeBetweenMarks(write, 'bench', report);
  if (profile) console.log(`\n${readProfiles(profile, windows)}`);
  if (failed.length > 0) throw new Error(`${failed.join(', ')} could not be measured`);
}

async function measure(
  chosen: readonly Workload[],
  options: CompareOptions,
  place: Place,
  windows: Window[],
): Promise<{ rows: Row[]; failed: string[] }> {
  const { among, profile, repeats } = options;
  const contestants = new Contestants(place, {
    wharf: (folder, options = usualSystem) =>
      WharfSystem.open({ ...place, dir: path.join(place.dir, folder) }, { ...options, profileDir: profile }),
  });
  const client = startClient();
  const rows: Row[] = [];
  const failed: string[] = [];
  for (const workload of chosen) {
    say(`${workload.id}: ${workload.title}`);
    const names = profile ? (['wharf'] as const) : chooseNames(workload, among);
    const field = { names, contestants, client, dir: place.dir, repeats, say, windows };
    try {
      rows.push(...(await runWorkload(workload, field)));
    } catch (error) {
      // The others are worth their time all the same.
      say(`${workload.id} failed: ${(error as Error).stack}`);
      failed.push(workload.id);
    }
  }
  await client.stop();
  await contestants.stop();
  return { rows, failed };
}

/** The first stays, as the others are compared with it. */
function chooseNames({ contestants }: Workload, among: readonly string[] | undefined): string[] {
  return contestants.filter((name, index) => index === 0 || !among || among.includes(name));
}

export function describeRun({ dir }: Place): string {
  const words = process.argv.slice(2).join(' ');
  const command = `npm run bench${words ? ` -- ${words}` : ''}`;
  const day = new Date().toISOString().slice(0, 10);
  return `Measured by \`${command}\` on ${day}: ${describeMachine(dir)}.`;
}
