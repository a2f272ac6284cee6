import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { eventually } from '@wharf/test-kit';
import { type RunningProcess, startProcess } from '../scripts/servers/child-process.ts';

const program = path.join(import.meta.dirname, '../scripts/start.ts');

export interface NpmStart {
  process: RunningProcess;
  /** All that it has said. */
  said: string[];
}

/** Runs what `npm start` runs, with a umask that hides nothing. */
export async function npmStart(env: Record<string, string>): Promise<NpmStart> {
  const said: string[] = [];
  const running = await startProcess({
    name: 'npm start',
    command: 'sh',
    args: ['-c', 'umask 000; exec "$0" "$@"', process.execPath, program],
    env: { PATH: process.env.PATH, HOME: '/', ...env },
    log: (line) => said.push(line),
    graceMs: 60_000,
  });
  return { process: running, said };
}

/** Its address, once it says that it is ready. */
export function untilReady({ process: running, said }: NpmStart): Promise<string> {
  return eventually(
    () => {
      const ready = said.find((line) => line.startsWith('ready '));
      if (!ready && !running.hasExited()) throw new Error(`not ready yet:\n${said.slice(-5).join('\n')}`);
      if (!ready) return Promise.reject(new Error(said.join('\n')));
      return ready.slice('ready '.length);
    },
    { timeoutMs: 240_000 },
  );
}

/** What the kernel knows of a process, as it stands in /proc. */
export interface Seen {
  pid: number;
  command: string;
  environment: Record<string, string>;
  uids: number[];
  groups: string;
  /** Those in effect, those that could be, and those that children get. */
  capabilities: bigint[];
}

/** The process and all below it. */
export function processTree(pid: number): Seen[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc').filter((each) => /^\d+$/.test(each))) {
    const parent = Number(statusOf(Number(name)).PPid);
    children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const below = (each: number): number[] => [each, ...(children.get(each) ?? []).flatMap(below)];
  return below(pid).map(look);
}

function look(pid: number): Seen {
  const status = statusOf(pid);
  const read = (name: string) => readFileSync(`/proc/${pid}/${name}`, 'utf8').split('\0').filter(Boolean);
  return {
    pid,
    command: read('cmdline').join(' '),
    environment: Object.fromEntries(read('environ').map((line) => line.split(/=(.*)/s) as [string, string])),
    uids: (status.Uid ?? '').split(/\s+/).map(Number),
    groups: status.Groups ?? '',
    capabilities: ['CapEff', 'CapPrm', 'CapAmb'].map((name) => BigInt(`0x${status[name]}`)),
  };
}

function statusOf(pid: number): Record<string, string> {
  try {
    const lines = readFileSync(`/proc/${pid}/status`, 'utf8').trim().split('\n');
    return Object.fromEntries(lines.map((line) => line.split(/:\s*/, 2) as [string, string]));
  } catch {
    return {};
  }
}
