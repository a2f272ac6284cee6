import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A pid alone may have been given to another program since; together with its start time it names one process. */
export interface ProcessIdentity {
  pid: number;
  startedAt: string;
}

export function identify(pid: number): ProcessIdentity | undefined {
  const startedAt = look(pid)?.startedAt;
  return startedAt === undefined ? undefined : { pid, startedAt };
}

export function isAlive({ pid, startedAt }: ProcessIdentity): boolean {
  const seen = look(pid);
  return seen?.startedAt === startedAt && !seen.isZombie;
}

/** A process that has ended stays in the process table until its parent takes note; programs that ask for its pid find it. */
export function isGone({ pid, startedAt }: ProcessIdentity): boolean {
  return look(pid)?.startedAt !== startedAt;
}

interface Seen {
  startedAt: string;
  isZombie: boolean;
}

function look(pid: number): Seen | undefined {
  return process.platform === 'linux' ? lookInProc(pid) : askPs(pid);
}

function lookInProc(pid: number): Seen | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in brackets and may hold spaces: count from behind it. Field 3 is the
    // state, field 22 the start in ticks since boot.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { startedAt: `${bootId()} ${fields[19]}`, isZombie: fields[0] === 'Z' || fields[0] === 'X' };
  } catch {
    return undefined;
  }
}

function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

function askPs(pid: number): Seen | undefined {
  try {
    const startedAt = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    return startedAt ? { startedAt, isZombie: false } : undefined;
  } catch {
    return undefined;
  }
}
