import { realpathSync } from 'node:fs';
import path from 'node:path';
import { startClient } from '../client/start-client.ts';
import { chooseWorkloads, describeRun } from '../compare.ts';
import type { Row } from '../measure/results.ts';
import { runWorkload } from '../measure/run-workload.ts';
import { toPairTable } from '../report/pair-table.ts';
import { type BuildName, Contestants } from '../system/contestants.ts';
import type { Place } from '../system/place.ts';
import { WharfSystem } from '../system/wharf-system.ts';

export interface PairOptions {
  /** Two checkouts, each built. */
  pair: readonly string[];
  only?: string[];
  repeats: number;
}

const say = (line: string) => console.error(line);

/**
 * Measures two builds in turns, in both orders, and prints what the second does and costs as a ratio to the first. Two systems of the
 * first build go before them: their ratios are noise, and a difference no larger than that is none.
 */
export async function runPair({ pair, only, repeats }: PairOptions, place: Place): Promise<void> {
  const [first, second] = pair.map((folder) => realpathSync(folder)) as [string, string];
  // Copies to S3 are made by programs of the benchmark itself, not by a build.
  const chosen = chooseWorkloads(only).filter(({ contestants }) => contestants.includes('wharf'));
  const noise = await measure({ first, again: first });
  const difference = await measure({ first, second });
  console.log([describeRun(place), toPairTable(noise), toPairTable(difference)].join('\n\n'));

  async function measure(builds: Partial<Record<BuildName, string>>): Promise<Row[]> {
    const names = Object.keys(builds);
    say(names.join(' and '));
    const open = (name: string, root: string) => () => openBuild(place, name, root);
    const contestants = new Contestants(
      place,
      Object.fromEntries(Object.entries(builds).map(([name, root]) => [name, open(name, root)])),
    );
    const client = startClient();
    try {
      const rows: Row[] = [];
      for (const workload of chosen) {
        rows.push(
          ...(await runWorkload(workload, { names, contestants, client, dir: place.dir, repeats, say, windows: [] })),
        );
      }
      return rows;
    } finally {
      await client.stop();
      await contestants.stop();
    }
  }
}

function openBuild(place: Place, name: string, root: string): Promise<WharfSystem> {
  const dir = path.join(place.dir, `${name}-${Date.now()}`);
  return WharfSystem.open({ ...place, dir }, { services: ['metadata', 'janitor', 'gateway'], store: 'folder', root });
}
