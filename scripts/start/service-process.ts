import { existsSync } from 'node:fs';
import path from 'node:path';
import { type RunningProcess, startProcess } from '../servers/child-process.ts';
import { logLines } from './log-lines.ts';

export const serviceNames = ['gateway', 'metadata', 'accounts', 'cloud-sync', 'janitor'] as const;
export type ServiceName = (typeof serviceNames)[number];

const longestName = Math.max(...serviceNames.map((name) => name.length));

export function requireBuilt(root: string): void {
  const missing = serviceMainFiles(root).find((file) => !existsSync(file));
  if (missing) throw new Error(`${missing} is missing. Build first: npm run build`);
}

/**
 * Flags of Node, as in the Dockerfile: young objects have 8 MiB at a time instead of 16, and the heap grows by three tenths between collections instead
 * of severalfold. Half of a busy gateway's memory was room for garbage. Less room costs more: growing by a fifth, small uploads took a sixth more instructions
 * than growing by a half. So few young objects are collected by one thread: waking others for it took a fifteenth of what small downloads cost.
 */
export const leanHeap = ['--max-semi-space-size=8', '--heap-growing-percent=30', '--no-parallel-scavenge'];

/**
 * Settings of the C library's allocator, as in the Dockerfile too. It would give every thread memory of its own to allocate from, and keep what was
 * freed there; and once a large piece was freed it would keep the next ones as well: from 256 KiB on the system has them back.
 */
export const leanAllocator = {
  MALLOC_ARENA_MAX: '2',
  MALLOC_MMAP_THRESHOLD_: '262144',
  MALLOC_TRIM_THRESHOLD_: '2097152',
};

/** One service as a process of its own; every line it prints carries its name. */
export async function startService(options: {
  root: string;
  name: ServiceName;
  env: NodeJS.ProcessEnv;
  runDir: string;
  graceMs: number;
}): Promise<RunningProcess> {
  const { root, name, env, runDir, graceMs } = options;
  const prefix = `${name.padEnd(longestName)} | `;
  const [log, logStderr] = await Promise.all([logLines(prefix, process.stdout), logLines(prefix, process.stderr)]);
  return startProcess({
    name,
    command: process.execPath,
    args: [...leanHeap, mainFile(root, name), '--end-with-stdin'],
    isTied: true,
    cwd: process.cwd(),
    env: { ...leanAllocator, ...env },
    runDir,
    graceMs,
    log,
    logStderr,
  });
}

export function serviceMainFiles(root: string): string[] {
  return serviceNames.map((name) => mainFile(root, name));
}

function mainFile(root: string, name: ServiceName): string {
  return path.join(root, 'services', name, 'dist/main.js');
}
