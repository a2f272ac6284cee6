import path from 'node:path';
import { Command, Option } from 'commander';
import { programEnd } from '../../scripts/servers/program-end.ts';
import { createScratchFolder } from '../../scripts/servers/scratch-folder.ts';
import { openLog, toNumber } from '../command-line.ts';
import type { Answered } from './load.ts';
import { type RowResult, runRow } from './matrix.ts';
import { type Row, rows } from './rows.ts';
import { ChaosSystem } from './system.ts';
import { toTable, writeTable } from './table.ts';
import { closedSettings, Users } from './uploaders.ts';

interface Options {
  auth: 'required' | 'open';
  only?: string;
  uploads: number;
  log?: string;
  write?: string;
}

const {
  auth,
  log: logFile,
  only,
  uploads,
  write,
} = new Command('test:chaos')
  .description(
    'Kills every part of Wharf at every step under load, and looks whether anything was lost, doubled or invented.',
  )
  .addOption(
    new Option('--auth <mode>', 'whether clients show who they are, or everybody may do everything')
      .choices(['required', 'open'])
      .default('required'),
  )
  .option('--only <text>', 'only rows whose name contains this')
  .option('--uploads <number>', 'uploads in each row', toNumber, 200)
  .option('--log <file>', 'write what all processes print there')
  .option('--write <file>', 'put the table of results into this page, between its chaos marks')
  .parse()
  .opts<Options>();

const scratch = await createScratchFolder();
const log = openLog(logFile);
const end = programEnd(scratch);
let exitCode = 1;
try {
  const chosen = rows.filter(({ isClosed, name }) => name.includes(only ?? '') && !(isClosed && auth === 'open'));
  if (chosen.length === 0) throw new Error(`no row with AUTH=${auth} has ${only} in its name`);
  exitCode = await runMatrix(chosen);
} catch (error) {
  console.error(error);
}
await end(exitCode);

async function runMatrix(chosen: readonly Row[]): Promise<number> {
  const place = { dir: path.join(scratch.dir, 'chaos'), runDir: scratch.runDir, log };
  const system = await ChaosSystem.open({ ...place, environment: auth === 'open' ? { AUTH: auth } : closedSettings });
  const users = auth === 'open' ? undefined : await Users.register(system.gatewayUrls[0] as string);
  const results: RowResult[] = [];
  const earlier: Answered[] = [];
  for (const row of chosen) {
    const { answered, result } = await runRow(system, row, { uploads, earlier, users }).catch((error: unknown) => ({
      answered: [],
      result: { name: row.name, uploads, retries: 0, settledAfterMs: 0, faults: [String(error)] },
    }));
    earlier.push(...answered);
    results.push(result);
    const outcome = result.faults.length === 0 ? 'ok' : `FAILED\n  ${result.faults.slice(0, 20).join('\n  ')}`;
    console.log(`${row.name}: ${result.retries} retries, settled after ${seconds(result)}: ${outcome}`);
    // What is broken now would be counted against every row that follows.
    if (result.faults.length > 0) break;
  }
  await system.close();
  console.log(`\n${toTable(results)}`);
  const failed = results.filter(({ faults }) => faults.length > 0).length;
  if (write && failed === 0) writeTable(write, results);
  console.log(`${results.length - failed} passed, ${failed + chosen.length - results.length} failed`);
  return failed === 0 ? 0 : 1;
}

function seconds({ settledAfterMs }: RowResult): string {
  return `${(settledAfterMs / 1000).toFixed(1)} s`;
}
