import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '@wharf/test-kit';
import { layout } from '@wharf/volume';
import { runToEnd } from '../../scripts/servers/child-process.ts';
import type { Attack, Target } from './attack.ts';
import { OtherClient, requestWithinMs } from './others.ts';
import type { AttackedSystem } from './system.ts';
import { descriptorsOf, Watch } from './watch.ts';

export interface RoundOptions {
  isShort: boolean;
  /** Instead of what each attack states. */
  seconds?: number | undefined;
  seed: number;
}

export interface RoundResult {
  name: string;
  seconds: number;
  peakBytes: number;
  slowestProbeMs: number;
  served: number;
  slowestServedMs: number;
  /** More than before the attack, once all has settled. */
  descriptors: number;
  faults: string[];
}

/** Threads that have begun meanwhile have a few each, and end when they have been idle for long. */
const descriptorSlack = 24;
/** The short form runs beside other tests, which have the machine as well: there it is the gateway's own work that is limited, see `watch.ts`. */
const answerMs = { full: 1000, short: 15_000 };
const settleMs = 20_000;
/** What an attacker may take to end after its time: the last answers it waits for. */
const attackerGraceMs = 40_000;

/** Lets attacks run, several at once where there are several, and judges what became of Wharf meanwhile and afterwards. */
export async function runRound(
  system: AttackedSystem,
  attacks: readonly Attack[],
  options: RoundOptions,
): Promise<RoundResult> {
  const targets = attacks.map((attack, index) => ({ attack, target: targetOf(system, index, options) }));
  await system.untilReady();
  for (const { attack, target } of targets) await attack.prepare?.(target);
  const patience = Math.min(...attacks.map(({ readsWithinMs = requestWithinMs }) => readsWithinMs));
  const others = new OtherClient(system.gateway.url, options.isShort ? Math.max(patience, answerMs.short) : patience);
  await others.warmUp();
  const before = { descriptors: descriptorsOf(system.gateway), deaths: system.deaths() };
  const watch = new Watch(system.gateway, answerMs[options.isShort ? 'short' : 'full']);
  others.begin();
  const startedAt = performance.now();
  const complaints = await Promise.all(targets.map(({ attack, target }) => launch(attack, target, options)));
  const seconds = (performance.now() - startedAt) / 1000;
  const served = await others.end();
  const seen = await watch.end();
  const left = await findLeft(system, before.descriptors);
  const died = [...system.deaths()].filter(
    ([name, deaths]) => name !== 'gateway' && deaths > (before.deaths.get(name) ?? 0),
  );
  return {
    name: attacks.map(({ name }) => name).join(' + '),
    seconds,
    peakBytes: seen.peakBytes,
    slowestProbeMs: seen.slowestProbeMs,
    served: served.requests,
    slowestServedMs: served.slowestMs,
    descriptors: descriptorsOf(system.gateway) - before.descriptors,
    faults: [
      ...seen.faults.map((fault) => `gateway: ${fault}`),
      ...died.map(([name]) => `${name}: it died`),
      ...counted(served.faults).map((fault) => `another client: ${fault}`),
      ...complaints.flat(),
      ...left,
    ],
  };
}

function targetOf(system: AttackedSystem, index: number, { isShort, seed }: RoundOptions): Target {
  const { hostname, port } = new URL(system.gateway.url);
  const { databaseUrl, gateway, natsUrl, storeDir, volumeDir } = system;
  return {
    url: gateway.url,
    host: hostname,
    port: Number(port),
    from: `127.0.1.${index + 1}`,
    natsUrl,
    databaseUrl,
    volumeDir,
    storeDir,
    isShort,
    seed,
  };
}

/** In a process of its own: what it costs the attacker must not slow down those who look, and all its connections end with it. */
async function launch(attack: Attack, target: Target, options: RoundOptions): Promise<string[]> {
  const seconds = options.seconds ?? attack.seconds[options.isShort ? 'short' : 'full'];
  const program = path.join(import.meta.dirname, 'attacker.ts');
  try {
    const output = await runToEnd({
      name: 'attacker',
      command: process.execPath,
      args: [program, JSON.stringify({ name: attack.name, target, seconds })],
      cwd: path.resolve(import.meta.dirname, '../..'),
      timeoutMs: seconds * 1000 + attackerGraceMs,
      log: () => undefined,
    });
    return JSON.parse(output.split('\n').at(-1) as string) as string[];
  } catch (error) {
    return [`the attack itself failed: ${(error as Error).message}`];
  }
}

/** What is still there of the attack, some time after it. */
async function findLeft(system: AttackedSystem, descriptorsBefore: number): Promise<string[]> {
  const look = async () => {
    const faults: string[] = [];
    for (const folder of [layout.incoming, layout.journal]) {
      const names = await readdir(path.join(system.volumeDir, folder));
      if (names.length > 0) faults.push(`${names.length} left in ${folder}`);
    }
    const descriptors = descriptorsOf(system.gateway);
    const more = descriptors - descriptorsBefore;
    if (more > descriptorSlack) faults.push(`gateway: ${more} more descriptors than before`);
    if (faults.length > 0) throw new AggregateError(faults.map((fault) => new Error(fault)));
  };
  await delay(100);
  try {
    await eventually(look, { timeoutMs: settleMs, everyMs: 250 });
    return [];
  } catch (error) {
    return error instanceof AggregateError ? error.errors.map(({ message }: Error) => message) : [String(error)];
  }
}

function counted(faults: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const fault of faults) counts.set(fault, (counts.get(fault) ?? 0) + 1);
  return [...counts].map(([fault, count]) => (count === 1 ? fault : `${fault} (${count} times)`));
}
