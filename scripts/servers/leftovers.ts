import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { identify, isAlive, isGone, type ProcessIdentity } from './process-identity.ts';

interface RunRecord extends ProcessIdentity {
  stopSignal: NodeJS.Signals;
}

/**
 * Notes a started process under `<runDir>/<name>.json`, so that the next start can end it should this program be
 * killed before it can do so itself. Returns the function that removes the note.
 */
export function recordProcess(runDir: string, name: string, pid: number, stopSignal: NodeJS.Signals): () => void {
  const identity = identify(pid);
  // The folder above is gone where a test outlives its run: it must not come back.
  if (!identity || !existsSync(path.dirname(runDir))) return () => {};
  const file = path.join(runDir, `${name}.json`);
  mkdirSync(runDir, { recursive: true });
  writeFileSync(file, JSON.stringify({ ...identity, stopSignal } satisfies RunRecord));
  return () => {
    if (readRecord(file)?.pid === pid) rmSync(file, { force: true });
  };
}

/** Ends what an earlier, killed launcher left running; returns the names of what it ended. */
export async function endLeftovers(runDir: string, graceMs = 15_000): Promise<string[]> {
  const ended = await Promise.all(listRecords(runDir).map((file) => endLeftover(file, graceMs)));
  return ended.filter((name) => name !== undefined);
}

async function endLeftover(file: string, graceMs: number): Promise<string | undefined> {
  const record = readRecord(file);
  const wasAlive = record !== undefined && isAlive(record);
  if (wasAlive) {
    signal(record.pid, record.stopSignal);
    const deadline = Date.now() + graceMs;
    while (isAlive(record) && Date.now() < deadline) await delay(50);
    if (isAlive(record)) signal(-record.pid, 'SIGKILL');
    while (isAlive(record)) await delay(50);
  }
  // PostgreSQL refuses its own data while the old pid is still in the process table; init clears it in a moment.
  const reapedBy = Date.now() + 5000;
  while (record && !isGone(record) && Date.now() < reapedBy) await delay(50);
  rmSync(file, { force: true });
  return wasAlive ? path.basename(file, '.json') : undefined;
}

function listRecords(runDir: string): string[] {
  try {
    const names = readdirSync(runDir).filter((name) => name.endsWith('.json'));
    return names.map((name) => path.join(runDir, name));
  } catch {
    return [];
  }
}

function readRecord(file: string): RunRecord | undefined {
  try {
    const record = JSON.parse(readFileSync(file, 'utf8')) as RunRecord;
    return Number.isInteger(record.pid) && record.pid > 1 ? record : undefined;
  } catch {
    return undefined;
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
