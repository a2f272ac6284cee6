import path from 'node:path';
import { startClient } from '../client/start-client.ts';
import { interleave } from '../measure/interleave.ts';
import { spreadOf } from '../measure/statistics.ts';
import { figure } from '../report/markdown.ts';
import { describeMachine } from '../system/host.ts';
import type { Place } from '../system/place.ts';
import { WharfSystem } from '../system/wharf-system.ts';
import { fillSystem } from './fill-system.ts';
import { type Costs, measureCosts, purgeCost } from './measure-costs.ts';

interface Amount {
  records: number;
  files: number;
}

export interface GrowthOptions extends Amount {
  repeats: number;
}

const scales = [1, 4, 16];
const say = (line: string) => console.error(line);

interface Grown {
  scale: number;
  system: WharfSystem;
  turns: Costs[];
}

/**
 * The same small work, in turns, on systems that hold 1, 4 and 16 times as much: what costs more there is what will be
 * slow in a year.
 */
export async function runGrowth({ files, records, repeats }: GrowthOptions, place: Place): Promise<void> {
  const grown: Grown[] = [];
  for (const scale of scales) {
    const amount = { records: Math.round((records * scale) / 16), files: Math.round((files * scale) / 16) };
    say(`${scale} ×: filling ${amount.records} records, ${amount.files} files`);
    grown.push({ scale, system: await openFilled(amount, path.join(place.dir, `scale-${scale}`), place), turns: [] });
  }
  const client = startClient();
  for (const { name: each, repeat } of interleave(grown, repeats)) {
    const costs = await measureCosts(each.system, client);
    each.turns.push(costs);
    say(`${repeat + 1}/${repeats} ${each.scale} ×: ${Object.entries(costs).map(described).join(', ')}`);
  }
  await client.stop();
  const results: Result[] = [];
  for (const { scale, system, turns } of grown) {
    say(`${scale} ×: purging`);
    results.push({ scale, costs: { ...mediansOf(turns), 'purge, ms a file': await purgeCost(system) } });
    await system.stop();
  }
  console.log(`${describeMachine(place.dir)}\n\n${toTable(results, { files, records })}`);
}

async function openFilled(amount: Amount, dir: string, place: Place): Promise<WharfSystem> {
  // Without cloud-sync: copying what is uploaded would be measured with what comes next.
  const services = ['metadata', 'janitor', 'gateway'] as const;
  const system = await WharfSystem.open({ ...place, dir }, { services, store: 'folder' });
  await fillSystem(system, amount);
  return system;
}

function described([name, value]: [string, number]): string {
  return `${name} ${figure(value)}`;
}

function mediansOf(turns: readonly Costs[]): Costs {
  const names = Object.keys(turns[0] ?? {});
  return Object.fromEntries(names.map((name) => [name, spreadOf(turns.map((costs) => costs[name] ?? 0)).median]));
}

interface Result {
  scale: number;
  costs: Costs;
}

function toTable(results: readonly Result[], { files, records }: Amount): string {
  const [first] = results;
  if (!first) return '';
  const head = results.map(({ scale }) => {
    const thousands = (count: number) => figure((count * scale) / 16 / 1000);
    return `${thousands(records)}k records, ${thousands(files)}k files`;
  });
  const lines = Object.entries(first.costs).map(([name, base]) => {
    const cells = results.map(({ costs }) => {
      const value = costs[name] ?? Number.NaN;
      return `${figure(value)} (${(value / base).toFixed(2)} ×)`;
    });
    return [name, ...cells];
  });
  return [['', ...head], ['---', ...head.map(() => '---')], ...lines]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}
