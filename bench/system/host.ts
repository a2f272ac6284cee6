import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, release, totalmem } from 'node:os';

/** Seconds of CPU so far, of all cores together. */
export interface MachineSeconds {
  busy: number;
  /** That the host kept for others although this machine had work. */
  stolen: number;
  all: number;
}

/** See proc(5), /proc/stat: user nice system idle iowait irq softirq steal. */
export function readMachine(): MachineSeconds {
  const fields = (/^cpu +(.*)$/m.exec(readFileSync('/proc/stat', 'latin1'))?.[1] ?? '').split(' ').map(Number);
  const at = (index: number) => (fields[index] ?? 0) / 100;
  const [idle, stolen] = [at(3) + at(4), at(7)];
  const all = [0, 1, 2, 3, 4, 5, 6, 7].reduce((sum, index) => sum + at(index), 0);
  return { busy: all - idle - stolen, stolen, all };
}

/** What the figures were measured on, in one line. */
export function describeMachine(folder: string): string {
  const memoryGiB = Math.round(totalmem() / 2 ** 30);
  const cores = availableParallelism();
  const model = cpus()[0]?.model.trim() ?? 'unknown CPU';
  const extensions = /^flags.*\bsha_ni\b/m.test(readFileSync('/proc/cpuinfo', 'latin1')) ? 'with' : 'without';
  const parts = [
    `${cores} cores of ${model} ${extensions} SHA extensions`,
    `${memoryGiB} GiB of memory`,
    `${filesystemOf(folder)}`,
    `Linux ${release()}`,
    `Node ${process.versions.node}`,
  ];
  return parts.join(', ');
}

function filesystemOf(folder: string): string {
  return execFileSync('df', ['--output=fstype', folder], { encoding: 'utf8' }).split('\n')[1]?.trim() ?? 'unknown';
}

/** Writes out what is still in memory only, so that nobody is measured while the disk works for the one before. */
export function syncDisk(folder: string): void {
  execFileSync('sync', ['-f', folder]);
}
