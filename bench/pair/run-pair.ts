import { realpathSync } from 'node:fs';
import path from 'node:path';
import { startClient } from '../client/start-client.ts';
import { chooseWorkloads, describeRun } from '../compare.ts';
import type { Row } from '../measure/results.ts';
import { runWorkload } from '../measure/run-workload.ts';
import { toPairTable } from '../report/pair-table.ts';
import type { BuildName } from '../system/contestant.ts';
import { Contestants } from '../system/contestants.ts';
import type { Place } from '../system/place.ts';
import { usualSystem, type WharfOptions, WharfSystem } from '../system/wharf-system.ts';
import { copyWorkload } from '../workloads/copies.ts';
import type { Workload } from '../workloads/workload.ts';

export interface PairOptions {
  /** Two checkouts, each built. */
  pair: readonly string[];
  only?: string[];
  repeats: number;
  /** Whether clients of the second show access tokens; then both may be one build. */
  tokens?: boolean;
}

type Builds = Record<BuildName, Pick<WharfOptions, 'root' | 'requiresTokens'>>;

const say = (line: string) => console.error(line);

/**
 * Measures two builds in turns, in both orders, and prints what the second does and costs as a ratio to the first. A second system of the
 * first build takes part as well: its ratio is noise, and a difference no larger than that is none.
 *
 * Every round starts its systems anew. Two processes of one build differ by a tenth and more for as long as they live (how their memory lies,
 * what was compiled when), so that more turns of the same processes would only measure these more exactly.
 */
export async function runPair({ pair, only, repeats, tokens }: PairOptions, place: Place): Promise<void> {
  const [first, second] = pair.map((folder) => realpathSync(folder)) as [string, string];
  const builds: Builds = {
    first: { root: first },
    again: { root: first },
    second: { root: second, requiresTokens: tokens },
  };
  // Copies to S3 are made by programs of the benchmark itself, not by a build.
  const chosen = chooseWorkloads(only).filter((each) => each.contestants.includes('wharf') && each !== copyWorkload);
  const rounds: Row[][] = [];
  for (let round = 1; round <= repeats; round++) {
    say(`round ${round} of ${repeats}`);
    const roundPlace = { ...place, dir: path.join(place.dir, `round-${round}`) };
    rounds.push(await runRound(builds, chosen, roundPlace, round % 2 === 0));
  }
  console.log(`${describeRun(place)}\n\n${toPairTable(joinRounds(rounds))}`);
}

async function runRound(
  builds: Builds,
  chosen: readonly Workload[],
  place: Place,
  isReversed: boolean,
): Promise<Row[]> {
  const names = Object.keys(builds) as BuildName[];
  const open =
    (name: BuildName) =>
    (folder: string, options = usualSystem) =>
      WharfSystem.open({ ...place, dir: path.join(place.dir, folder) }, { ...options, ...builds[name] });
  const contestants = new Contestants(place, { first: open('first'), again: open('again'), second: open('second') });
  const client = startClient();
  const field = { contestants, client, dir: place.dir, say, windows: [] };
  try {
    const rows: Row[] = [];
    for (const workload of chosen) {
      const turns = isReversed ? names.toReversed() : names;
      rows.push(...(await runWorkload(workload, { ...field, names: turns, repeats: 2 })));
    }
    return rows;
  } finally {
    await client.stop();
    await contestants.stop();
  }
}

/** One row for each contestant and workload, with the samples of all rounds. */
function joinRounds(rounds: readonly Row[][]): Row[] {
  const rows = Map.groupBy(rounds.flat(), ({ workload, contestant }) => `${workload.id} ${contestant}`);
  return [...rows.values()].map(([row, ...more]) => ({
    ...(row as Row),
    samples: [row as Row, ...more].flatMap(({ samples }) => samples),
  }));
}
