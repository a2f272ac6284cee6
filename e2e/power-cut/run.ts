import { Command, Option } from 'commander';
import { ensureInstalled, isInstalled } from '../../scripts/servers/ensure-installed.ts';
import { programEnd } from '../../scripts/servers/program-end.ts';
import { createScratchFolder } from '../../scripts/servers/scratch-folder.ts';
import { startTestServers } from '../../scripts/servers/test-servers.ts';
import { openLog, toNumber } from '../command-line.ts';
import { cutUnderLoad } from './cut.ts';
import { cutFirstStart } from './first-start.ts';
import { type FormName, forms } from './forms.ts';
import { type FileSystem, fileSystems, findObstacle, LoopDisk } from './loop-disk.ts';

interface Options {
  only?: string;
  cuts: number;
  durability: 'fsync' | 'os';
  log?: string;
}

const {
  cuts,
  durability,
  log: logFile,
  only,
} = new Command('test:power')
  .description(
    'Cuts the power of the disk under Wharf while it is used, and looks whether anything that was answered is lost.',
  )
  .option('--only <text>', 'only what has this in its name, such as xfs, or ext4, volume')
  .option('--cuts <number>', 'of each kind', toNumber, 10)
  .addOption(
    new Option('--durability <level>', 'of the gateway; os shows that the cuts find what is lost')
      .choices(['fsync', 'os'])
      .default('fsync'),
  )
  .option('--log <file>', 'write what all processes print there')
  .parse()
  .opts<Options>();

/** The first start of npm start is over by then. */
const firstSecondsMs = 10_000;

const log = openLog(logFile);
const scratch = await createScratchFolder();
const disks = new Set<LoopDisk>();
const end = programEnd(scratch, {
  cleanUp: async () => {
    for (const disk of disks) await disk.remove();
  },
});
let exitCode = 1;
try {
  await ensureInstalled(['xfsprogs'], console.error);
  const obstacle = await findObstacle();
  if (obstacle) throw new Error(`no power can be cut: ${obstacle}`);
  const servers = await startTestServers({ ...scratch, log });
  Object.assign(process.env, servers.env, { WHARF_TEST_RUN_DIR: scratch.runDir });
  exitCode = await runAll();
  await servers.stop();
} catch (error) {
  console.error(error);
}
await end(exitCode);

async function runAll(): Promise<number> {
  const kinds = fileSystems.flatMap((fileSystem) => [
    ...(Object.keys(forms) as FormName[]).map((form) => ({
      name: `${fileSystem}, ${form}`,
      run: () => onDisk(fileSystem, (disk) => cutForm(form, disk)),
    })),
    { name: `${fileSystem}, first start`, run: () => cutFirstStarts(fileSystem) },
  ]);
  const chosen = kinds.filter(({ name }) => name.includes(only ?? ''));
  if (chosen.length === 0) throw new Error(`nothing has ${only} in its name`);
  let failed = 0;
  for (const { name, run } of chosen) {
    console.log(`${name}:`);
    failed += await run();
  }
  console.log(`${chosen.length * cuts - failed} cuts survived, ${failed} not`);
  return failed === 0 ? 0 : 1;
}

/** One system, again and again: its disk has the traces of earlier cuts. */
async function cutForm(form: FormName, disk: LoopDisk): Promise<number> {
  const system = await forms[form]({ disk, durability, log });
  let failed = 0;
  try {
    for (let cut = 1; cut <= cuts; cut++) {
      const { faults, kept, seconds } = await cutUnderLoad(system);
      tell(cut, `${kept.length} uploads answered before, all there after ${seconds.toFixed(1)} s`, faults);
      if (faults.length > 0) failed++;
    }
  } finally {
    await system.close();
  }
  return failed;
}

async function cutFirstStarts(fileSystem: FileSystem): Promise<number> {
  let failed = 0;
  for (let cut = 1; cut <= cuts; cut++) {
    const afterMs = Math.round(Math.random() * firstSecondsMs);
    const store = cut % 2 === 0 && isInstalled('radosgw') ? 'ceph' : 'directory';
    const faults = await onDisk(fileSystem, (disk) => cutFirstStart(disk, { afterMs, store, log }));
    tell(cut, `after ${afterMs} ms (${store}), ready again`, faults);
    if (faults.length > 0) failed++;
  }
  return failed;
}

function tell(cut: number, outcome: string, faults: readonly string[]): void {
  const shown = faults.slice(0, 20).map((fault) => `\n    ${fault}`);
  console.log(`  ${cut}: ${faults.length === 0 ? outcome : `${faults.length} LOST${shown.join('')}`}`);
}

async function onDisk<Result>(fileSystem: FileSystem, work: (disk: LoopDisk) => Promise<Result>): Promise<Result> {
  const disk = LoopDisk.make(fileSystem);
  disks.add(disk);
  try {
    return await work(disk);
  } finally {
    await disk.remove();
    disks.delete(disk);
  }
}
