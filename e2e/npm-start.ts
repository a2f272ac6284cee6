import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { eventually } from '@wharf/test-kit';
import { type RunningProcess, startProcess } from '../scripts/servers/child-process.ts';
import { isRoot } from '../scripts/servers/unprivileged.ts';

const program = path.join(import.meta.dirname, '../scripts/start.ts');

export interface NpmStart {
  process: RunningProcess;
  /** All that it has said. */
  said: string[];
}

/** Runs what `npm start` runs, with a umask that hides nothing. */
export async function npmStart(
  env: Record<string, string>,
  log: (line: string) => void = () => undefined,
): Promise<NpmStart> {
  const said: string[] = [];
  const running = await startProcess({
    name: 'npm start',
    command: 'sh',
    args: ['-c', 'umask 000; exec "$0" "$@"', process.execPath, program],
    env: { PATH: process.env.PATH, HOME: '/', ...env },
    log: (line) => {
      said.push(line);
      log(line);
    },
    graceMs: 60_000,
  });
  return { process: running, said };
}

/** Its address, once it says that it is ready. Throws at once what it has said where it ends before. */
export async function untilReady({ process: running, said }: NpmStart): Promise<string> {
  const ready = await eventually(
    () => {
      const line = said.find((each) => each.startsWith('ready '));
      if (!line && !running.hasExited()) throw new Error(`not ready yet:\n${said.slice(-5).join('\n')}`);
      return line;
    },
    { timeoutMs: 240_000 },
  );
  if (!ready) throw new Error(said.join('\n'));
  return ready.slice('ready '.length);
}

/** What the kernel knows of a process, as it stands in /proc. */
export interface Seen {
  pid: number;
  command: string;
  uids: number[];
  gids: number[];
  groups: string;
  /** Those in effect, those that could be, and those that children get. */
  capabilities: bigint[];
}

/** The process and all below it. */
export function processTree(pid: number): Seen[] {
  return pidsOfTree(pid).map(look);
}

export function pidsOfTree(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc').filter((each) => /^\d+$/.test(each))) {
    const parent = Number(statusOf(Number(name)).PPid);
    children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const below = (each: number): number[] => [each, ...(children.get(each) ?? []).flatMap(below)];
  return below(pid);
}

function look(pid: number): Seen {
  const status = statusOf(pid);
  return {
    pid,
    command: readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ').trim(),
    uids: (status.Uid ?? '').split(/\s+/).map(Number),
    gids: (status.Gid ?? '').split(/\s+/).map(Number),
    groups: status.Groups ?? '',
    capabilities: ['CapEff', 'CapPrm', 'CapAmb'].map((name) => BigInt(`0x${status[name]}`)),
  };
}

/** Read as the process's own user: root in a container may lack the right to look into others. */
export function environmentOf({ pid, uids: [uid], gids: [gid] }: Seen): Record<string, string> {
  const text = execFileSync('cat', [`/proc/${pid}/environ`], { encoding: 'utf8', ...(isRoot() ? { uid, gid } : {}) });
  const lines = text.split('\0').filter(Boolean);
  return Object.fromEntries(lines.map((line) => line.split(/=(.*)/s) as [string, string]));
}

function statusOf(pid: number): Record<string, string> {
  try {
    const lines = readFileSync(`/proc/${pid}/status`, 'utf8').trim().split('\n');
    return Object.fromEntries(lines.map((line) => line.split(/:\s*/, 2) as [string, string]));
  } catch {
    return {};
  }
}
