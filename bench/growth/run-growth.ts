import { rmSync } from 'node:fs';
import path from 'node:path';
import { startClient } from '../client/start-client.ts';
import { figure } from '../report/markdown.ts';
import { describeMachine } from '../system/host.ts';
import type { Place } from '../system/place.ts';
import { WharfSystem } from '../system/wharf-system.ts';
import { fillSystem } from './fill-system.ts';
import { type Costs, measureCosts } from './measure-costs.ts';

export interface GrowthOptions {
  records: number;
  files: number;
}

const scales = [1, 4, 16];
const say = (line: string) => console.error(line);

/**
 * The same small work on systems that hold 1, 4 and 16 times as much: what costs more there is what will be slow in a
 * year.
 */
export async function runGrowth({ files, records }: GrowthOptions, place: Place): Promise<void> {
  const results: { scale: number; costs: Costs }[] = [];
  for (const scale of scales) {
    const amount = { records: Math.round((records * scale) / 16), files: Math.round((files * scale) / 16) };
    say(`${scale} ×: ${amount.records} records, ${amount.files} files`);
    const costs = await measureScale(amount, { ...place, dir: path.join(place.dir, `scale-${scale}`) });
    say(
      Object.entries(costs)
        .map(([name, value]) => `  ${name}: ${figure(value)}`)
        .join('\n'),
    );
    results.push({ scale, costs });
  }
  console.log(`${describeMachine(place.dir)}\n\n${toTable(results, { files, records })}`);
}

async function measureScale(amount: GrowthOptions, place: Place): Promise<Costs> {
  // The janitor comes later: what it purges is measured by itself.
  const system = await WharfSystem.open(place, { services: ['metadata', 'gateway'], store: 'folder' });
  const client = startClient();
  try {
    await fillSystem(system, amount);
    return await measureCosts(system, client);
  } finally {
    await client.stop();
    await system.stop();
    rmSync(place.dir, { recursive: true, force: true });
  }
}

function toTable(results: { scale: number; costs: Costs }[], { files, records }: GrowthOptions): string {
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
