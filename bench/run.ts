import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { programEnd } from '../scripts/servers/program-end.ts';
import { createScratchFolder } from '../scripts/servers/scratch-folder.ts';
import { type CompareOptions, compare } from './compare.ts';
import { type GrowthOptions, runGrowth } from './growth/run-growth.ts';
import { runPair } from './pair/run-pair.ts';
import { runSoak } from './soak/run-soak.ts';

/** Of the comparison alone. */
const comparing = ['only', 'among', 'write', 'profile', 'pair', 'tokens'];

const program = new Command('bench')
  .description('Measures Wharf beside its peers, in one run, and prints ratios. Build first.')
  .option('--only <ids>', 'only these workloads, such as W1,W5', toList)
  .option('--among <names>', 'only these contestants, such as wharf; the one that they are compared with stays', toList)
  .option('--repeats <number>', 'turns of each contestant at each workload', toNumber, 3)
  .option('--write <file>', 'put the results into this page, between its bench marks')
  .option(
    '--profile <folder>',
    'Wharf alone: write CPU profiles of its services there, and print what takes the time',
    toPath,
  )
  .addOption(
    new Option(
      '--pair <folders...>',
      'two built checkouts, in turns: what the second costs and does, to the first',
    ).conflicts(['among', 'write', 'profile']),
  )
  .option('--tokens', 'with --pair: the second requires access tokens, which its client shows; both may be one build')
  .addOption(
    new Option('--growth', 'what small work costs on systems that hold 1, 4 and 16 times as much').conflicts(comparing),
  )
  .option('--records <number>', 'records of the largest system of --growth', toNumber, 1_000_000)
  .option('--files <number>', 'files of the largest system of --growth', toNumber, 200_000)
  .addOption(
    new Option('--soak <minutes>', 'mixed work for so long, and whether anything grows')
      .argParser(toNumber)
      .conflicts([...comparing, 'growth', 'repeats']),
  )
  .parse();
const options = program.opts<
  CompareOptions & GrowthOptions & { growth?: true; soak?: number; pair?: string[]; tokens?: true }
>();
if (options.tokens && !options.pair) program.error('--tokens goes with --pair');
if (options.pair && options.pair.length !== 2) program.error('--pair takes two folders, each a built checkout');

const scratch = await createScratchFolder();
const end = programEnd(scratch);
let exitCode = 1;
try {
  const place = { dir: path.join(scratch.dir, 'bench'), runDir: scratch.runDir, log: () => undefined };
  mkdirSync(place.dir);
  if (options.growth) await runGrowth(options, place);
  else if (options.soak) await runSoak(options.soak, place);
  else if (options.pair) await runPair({ ...options, pair: options.pair }, place);
  else await compare(options, place);
  exitCode = 0;
} catch (error) {
  console.error(error);
}
await end(exitCode);

function toNumber(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError('must be a whole number from 1');
  return number;
}

function toPath(text: string): string {
  return path.resolve(text);
}

function toList(text: string): string[] {
  return text.split(',').map((part) => part.trim());
}
