import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { recordProcess } from './leftovers.ts';

export type Log = (line: string) => unknown;

export interface Command {
  command: string;
  args: string[];
  uid?: number;
  gid?: number;
}

export interface ProcessOptions extends Command {
  name: string;
  log: Log;
  /** Replaces the environment of this process; `serverEnvironment()` where left out. */
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** Where a note of the process is kept, so that a later start can end it. */
  runDir?: string;
  stopSignal?: NodeJS.Signals;
  graceMs?: number;
  /** Written to the process's stdin, which is then closed; without it stdin is /dev/null. */
  input?: string;
  /** Keeps stdin open for as long as we live: what reads it learns of our death, however sudden. */
  isTied?: boolean;
  logStderr?: Log;
}

export interface ProcessExit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface RunningProcess {
  name: string;
  pid: number;
  /** Never rejects. */
  exited: Promise<ProcessExit>;
  outputEnded: Promise<unknown>;
  hasExited(): boolean;
  lastLines(): string;
  /** Stop signal, grace, SIGKILL of the whole process group; resolves when the process is gone. */
  stop(): Promise<void>;
  kill(signal: NodeJS.Signals): Promise<void>;
}

const alive = new Set<RunningProcess>();
let isRefusing = false;

/** Starts a process in a group of its own: the terminal's Ctrl-C reaches only us, and we end things in order. */
export async function startProcess(options: ProcessOptions): Promise<RunningProcess> {
  if (isRefusing) throw new Error(`${options.name} not started: shutting down`);
  const child = spawnDetached(options);
  const output = readOutput(child, options.log, options.logStderr ?? options.log);
  const { pid } = child;
  if (pid === undefined) {
    const [error] = await once(child, 'error');
    throw new Error(`cannot start ${options.name}: ${error.message}`, { cause: error });
  }
  // Nothing is awaited between spawn and the end of this function: a shutdown can never miss a new process.
  const { stopSignal = 'SIGTERM', graceMs = 15_000 } = options;
  const forget = recordRun(options, pid, stopSignal);
  const exited = new Promise<ProcessExit>((resolve) => {
    child.once('exit', (code, signal) => {
      alive.delete(running);
      forget();
      resolve({ code, signal });
    });
  });
  const running: RunningProcess = {
    name: options.name,
    pid,
    exited,
    outputEnded: output.ended,
    hasExited: () => child.exitCode !== null || child.signalCode !== null,
    lastLines: () => output.lines.join('\n'),
    stop: () => stop(running, stopSignal, graceMs),
    kill: async (signal) => {
      signalProcess(running, signal);
      if (signal === 'SIGKILL') await exited;
    },
  };
  alive.add(running);
  return running;
}

/** Runs a program to its end and returns its output; a failure carries the last lines of it. */
export async function runToEnd(options: ProcessOptions & { timeoutMs?: number }): Promise<string> {
  const output: string[] = [];
  const child = await startProcess({ ...options, log: (line) => output.push(line), logStderr: options.log });
  const timer = setTimeout(() => signalProcess(child, 'SIGKILL'), options.timeoutMs ?? 120_000);
  const { code, signal } = await child.exited;
  clearTimeout(timer);
  await child.outputEnded;
  if (code !== 0) throw new Error(`${options.name} failed (${signal ?? `exit code ${code}`})\n${child.lastLines()}`);
  return output.join('\n');
}

/** The last resort of a launcher that shuts down: ends all that was started and refuses to start anything more. */
export async function stopAllProcesses(): Promise<void> {
  isRefusing = true;
  await Promise.all([...alive].map((each) => each.stop()));
}

export async function killAllProcesses(): Promise<void> {
  isRefusing = true;
  for (const each of alive) signalGroup(each, 'SIGKILL');
  await Promise.all([...alive].map((each) => each.exited));
}

/** Waits until `probe` answers true; fails early when a process ends, and after the time limit. */
export async function waitUntil(
  processes: RunningProcess[],
  probe: () => Promise<boolean>,
  { timeoutMs = 60_000, intervalMs = 50 } = {},
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await probe())) {
    const ended = processes.find((each) => each.hasExited());
    if (ended) {
      const { code, signal } = await ended.exited;
      throw new Error(`${ended.name} ended at start (${signal ?? `exit code ${code}`})\n${ended.lastLines()}`);
    }
    if (Date.now() > deadline) {
      const names = processes.map((each) => each.name).join(', ');
      throw new Error(`${names}: no answer after ${timeoutMs / 1000} s\n${processes[0]?.lastLines() ?? ''}`);
    }
    await delay(intervalMs);
  }
}

/** A clean environment: PGPORT, CEPH_ARGS and their like must not reach the servers. */
export function serverEnvironment(): NodeJS.ProcessEnv {
  const { PATH = '', HOME = '/', TMPDIR } = process.env;
  const folders = `${PATH}:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin`;
  return { PATH: folders, HOME, LC_ALL: 'C', ...(TMPDIR ? { TMPDIR } : {}) };
}

async function stop(running: RunningProcess, stopSignal: NodeJS.Signals, graceMs: number): Promise<void> {
  if (running.hasExited()) return;
  signalProcess(running, stopSignal);
  const timer = setTimeout(() => signalGroup(running, 'SIGKILL'), graceMs);
  await running.exited;
  clearTimeout(timer);
  // Children that their parent left behind.
  sendSignal(-running.pid, 'SIGKILL');
}

function signalProcess(running: RunningProcess, signal: NodeJS.Signals): void {
  if (!running.hasExited()) sendSignal(running.pid, signal);
}

function signalGroup(running: RunningProcess, signal: NodeJS.Signals): void {
  if (!running.hasExited()) sendSignal(-running.pid, signal);
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

// Servers that a test starts for itself are noted for the whole test run (see test.ts), several of a name at a time.
function recordRun({ runDir, name }: ProcessOptions, pid: number, stopSignal: NodeJS.Signals): () => void {
  const testRunDir = process.env.WHARF_TEST_RUN_DIR;
  if (runDir) return recordProcess(runDir, name, pid, stopSignal);
  return testRunDir ? recordProcess(testRunDir, `${name}-${pid}`, pid, stopSignal) : () => {};
}

function spawnDetached(options: ProcessOptions): ChildProcess {
  const child = spawn(options.command, options.args, {
    cwd: options.cwd ?? '/',
    env: options.env ?? serverEnvironment(),
    detached: true,
    stdio: [options.input === undefined && !options.isTied ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.gid }),
  });
  child.stdin?.on('error', () => {});
  if (!options.isTied) child.stdin?.end(options.input);
  return child;
}

function readOutput(child: ChildProcess, log: Log, logStderr: Log) {
  const lines: string[] = [];
  const read = async (stream: Readable | null, write: Log) => {
    if (!stream) return;
    const reader = createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY });
    reader.on('line', (line) => {
      lines.push(line);
      if (lines.length > 25) lines.shift();
      write(line);
    });
    await once(reader, 'close');
  };
  return { lines, ended: Promise.all([read(child.stdout, log), read(child.stderr, logStderr)]) };
}
