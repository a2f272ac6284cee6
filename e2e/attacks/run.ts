import path from 'node:path';
import { Command } from 'commander';
import { programEnd } from '../../scripts/servers/program-end.ts';
import { createScratchFolder } from '../../scripts/servers/scratch-folder.ts';
import { openLog, toNumber } from '../command-line.ts';
import { rounds } from './attacks.ts';
import { type RoundResult, runRound } from './judge.ts';
import { AttackedSystem } from './system.ts';

interface Options {
  only?: string;
  seconds?: number;
  seed: number;
  short?: boolean;
  log?: string;
}

const {
  log: logFile,
  only,
  seconds,
  seed,
  short: isShort = false,
} = new Command('test:attacks')
  .description(
    'Attacks a gateway of its own, on loopback, in every way that Wharf says it withstands, and looks whether others notice.',
  )
  .option('--only <text>', 'only attacks whose name contains this')
  .option('--seconds <number>', 'how long each attack lasts, instead of what it states', toNumber)
  .option('--seed <number>', 'of the random choices of the fuzzers', toNumber, Date.now() % 2 ** 31)
  .option('--short', 'the short form, which is part of npm test')
  .option('--log <file>', 'write what all processes print there')
  .parse()
  .opts<Options>();

const scratch = await createScratchFolder();
const log = openLog(logFile);
let system: AttackedSystem | undefined;
const end = programEnd(scratch, {
  close: async () => system?.close().catch((error: unknown) => console.error(error)),
});
let exitCode = 1;
try {
  exitCode = await runRounds();
} catch (error) {
  console.error(error);
}
await end(exitCode);

async function runRounds(): Promise<number> {
  const chosen = rounds
    .map((round) => round.filter(({ name }) => name.includes(only ?? '')))
    .filter((round) => round.length > 0);
  if (chosen.length === 0) throw new Error(`no attack has ${only} in its name`);
  console.log(`seed ${seed}`);
  system = await AttackedSystem.open({ dir: path.join(scratch.dir, 'attacked'), runDir: scratch.runDir, log });
  const results: RoundResult[] = [];
  for (const round of chosen) {
    const result = await runRound(system, round, { isShort, seconds, seed });
    results.push(result);
    console.log(toLine(result));
    for (const fault of result.faults.slice(0, 30)) console.log(`  ${fault}`);
  }
  const failed = results.filter(({ faults }) => faults.length > 0);
  console.log(`\n${toTable(results)}\n${results.length - failed.length} withstood, ${failed.length} not`);
  return failed.length === 0 ? 0 : 1;
}

function toLine({ faults, name }: RoundResult): string {
  return `${name}: ${faults.length === 0 ? 'withstood' : 'NOT WITHSTOOD'}`;
}

function toTable(results: readonly RoundResult[]): string {
  const rows = results.map((result) => [
    result.name,
    result.seconds.toFixed(0),
    (result.peakBytes / 1e6).toFixed(0),
    result.slowestProbeMs.toFixed(0),
    String(result.served),
    result.slowestServedMs.toFixed(0),
    String(result.descriptors),
    result.faults.length === 0 ? 'yes' : 'NO',
  ]);
  const titles = ['attack', 's', 'peak MB', 'live ms', 'others', 'slowest ms', 'descriptors', 'withstood'];
  const lines = [titles, titles.map(() => '---'), ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
