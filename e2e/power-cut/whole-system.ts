import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { eventually } from '@wharf/test-kit';
import { type NpmStart, npmStart, pidsOfTree, untilReady } from '../npm-start.ts';
import type { LoopDisk } from './loop-disk.ts';
import { losePower, signal } from './power-loss.ts';
import type { FormOptions, PoweredSystem } from './powered-system.ts';

/** All that `npm start` keeps: PostgreSQL, NATS, the store and the volume. */
export async function openWholeSystem({ disk, durability, log }: FormOptions): Promise<PoweredSystem> {
  const dataDir = path.join(disk.path, 'data');
  const environment = {
    WHARF_DATA_DIR: dataDir,
    VOLUME_DIR: path.join(dataDir, 'volume'),
    OBJECT_STORE_URL: `file://${dataDir}/objects`,
    DURABILITY: durability,
    PORT: '0',
    // A 202 would say that the record is still on its way.
    RECORD_WAIT_MS: '15000',
    ...auditsOften,
  };
  let start = await npmStart(environment, log);
  const gatewayUrl = await untilReady(start);
  const NATS_URL = natsUrlOf(dataDir, 'wharf');
  return {
    place: { gatewayUrl, environment: { ...environment, NATS_URL } },
    eventsUrl: natsUrlOf(dataDir, 'integrator'),
    cutPower: () => cutPowerOf(start, disk),
    startAgain: async () => {
      start = await npmStart(environment, log);
      await untilReady(start);
    },
    close: () => start.process.stop(),
  };
}

function natsUrlOf(dataDir: string, user: string): string {
  const read = (...names: string[]) => readFileSync(path.join(dataDir, ...names), 'utf8');
  return `nats://${user}:${read('nats', 'passwords', user)}@127.0.0.1:${JSON.parse(read('ports.json')).nats}`;
}

/**
 * Before version 2.10 nats-server cannot sync what it acknowledges: an event that was recorded, and not acted on yet, is lost with the power. An
 * audit finds the files that wait for it. Its grace can be short: of what is recorded nothing is set aside.
 */
const auditsOften = { AUDIT_SCHEDULE: '*/2 * * * * *', AUDIT_REPAIR: 'true', AUDIT_GRACE: '3s' };

/** Under everything that one `npm start` has started. */
export async function cutPowerOf({ process: launcher }: NpmStart, disk: LoopDisk): Promise<void> {
  const tree = new Set<number>();
  const pids = () => {
    for (const pid of pidsOfTree(launcher.pid)) tree.add(pid);
    return [...tree];
  };
  const kill = async () => {
    for (const pid of tree) signal(pid, 'SIGKILL');
    await launcher.exited;
    // PostgreSQL does not start while the process of its lock file is there, were it only ending.
    await eventually(() => expectGone(tree));
  };
  await losePower(disk, { pids, kill });
}

function expectGone(pids: ReadonlySet<number>): void {
  const left = [...pids].filter((pid) => existsSync(`/proc/${pid}`));
  if (left.length > 0) throw new Error(`still there: ${left.join(', ')}`);
}
