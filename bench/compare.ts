import path from 'node:path';
import { startClient } from './client/start-client.ts';
import type { Row } from './measure/results.ts';
import { runWorkload } from './measure/run-workload.ts';
import { toMarkdown } from './report/markdown.ts';
import { Contestants } from './system/contestants.ts';
import { describeMachine } from './system/host.ts';
import { installPeers } from './system/install-peers.ts';
import type { Place } from './system/place.ts';
import { WharfSystem } from './system/wharf-system.ts';
import { workloads } from './workloads/index.ts';

export interface CompareOptions {
  only?: string[];
  among?: string[];
  repeats: number;
}

const say = (line: string) => console.error(line);

/** Runs the workloads and prints what they came to. */
export async function compare({ among, only, repeats }: CompareOptions, place: Place): Promise<void> {
  const chosen = workloads.filter(({ id }) => !only || only.includes(id));
  if (chosen.length === 0) throw new Error(`there is no workload ${only}: ${workloads.map(({ id }) => id).join(', ')}`);
  await installPeers(say);
  const contestants = new Contestants(place, () => openWharf(place));
  const client = startClient();
  const rows: Row[] = [];
  for (const workload of chosen) {
    say(`${workload.id}: ${workload.title}`);
    const field = { contestants, client, dir: place.dir, repeats, say, ...(among && { among }) };
    rows.push(...(await runWorkload(workload, field)));
  }
  await client.stop();
  await contestants.stop();
  console.log(`${describeMachine(place.dir)}\n\n${toMarkdown(rows)}`);
}

/** Copies to the object store are measured by themselves: they would run on into the turn of the next contestant. */
function openWharf(place: Place): Promise<WharfSystem> {
  const wharfPlace = { ...place, dir: path.join(place.dir, 'wharf') };
  return WharfSystem.open(wharfPlace, { services: ['metadata', 'janitor', 'gateway'], store: 'folder' });
}
