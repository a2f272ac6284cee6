import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

export interface Usage {
  cpuSeconds: number;
  peakRssBytes: number;
}

/** USER_HZ, which is 100 on every Linux that Node runs on. */
const ticksPerSecond = 100;

interface Stat {
  parent: number;
  ticks: number;
}

/** CPU time so far and peak memory since the last reset of a process and of all below it, also of those that have ended. */
export function usageOf(pid: number): Usage {
  const pids = treeOf(pid);
  let ticks = 0;
  let peakRssBytes = 0;
  for (const each of pids) {
    ticks += readStat(each)?.ticks ?? 0;
    peakRssBytes += statusBytes(each, 'VmHWM');
  }
  return { cpuSeconds: ticks / ticksPerSecond, peakRssBytes };
}

/** CPU time so far of a process's main thread, in which a service runs its JavaScript: while others have the machine it stands still. */
export function mainThreadMs(pid: number): number {
  const text = ignoreEnded(() => readFileSync(`/proc/${pid}/task/${pid}/stat`, 'latin1'));
  const [user = 0, system = 0] = text === undefined ? [] : fieldsOf(text).slice(11, 13).map(Number);
  return ((user + system) * 1000) / ticksPerSecond;
}

/** Begins the peak of memory anew. See proc(5), /proc/pid/clear_refs. */
export function resetPeaks(pid: number): void {
  for (const each of treeOf(pid)) ignoreEnded(() => writeFileSync(`/proc/${each}/clear_refs`, '5'));
}

export function residentBytes(pid: number): number {
  return treeOf(pid).reduce((sum, each) => sum + statusBytes(each, 'VmRSS'), 0);
}

export function openDescriptors(pid: number): number {
  return ignoreEnded(() => readdirSync(`/proc/${pid}/fd`).length) ?? 0;
}

function treeOf(root: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    const stat = Number.isInteger(pid) ? readStat(pid) : undefined;
    if (stat) parents.set(pid, stat.parent);
  }
  const isBelow = (pid: number | undefined): boolean =>
    pid === root || (pid !== undefined && pid > 1 && isBelow(parents.get(pid)));
  return [...parents.keys()].filter(isBelow);
}

/** Fields 4 and 14 to 17 of proc(5), /proc/pid/stat. */
function readStat(pid: number): Stat | undefined {
  const text = ignoreEnded(() => readFileSync(`/proc/${pid}/stat`, 'latin1'));
  if (text === undefined) return undefined;
  const fields = fieldsOf(text);
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return { parent: Number(fields[1]), ticks };
}

/** From the third on; the name before them may contain anything. */
function fieldsOf(stat: string): string[] {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function statusBytes(pid: number, name: string): number {
  const text = ignoreEnded(() => readFileSync(`/proc/${pid}/status`, 'latin1')) ?? '';
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0) * 1024;
}

function ignoreEnded<Result>(read: () => Result): Result | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
