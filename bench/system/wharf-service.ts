import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import {
  type RunningProcess,
  serverEnvironment,
  startProcess,
  waitUntil,
} from '../../scripts/servers/child-process.ts';
import { pickFreePort } from '../../scripts/servers/free-port.ts';
import { leanAllocator, leanHeap, type ServiceName } from '../../scripts/start/service-process.ts';

const thisCheckout = path.resolve(import.meta.dirname, '../..');

export interface ServiceOptions {
  name: ServiceName;
  /** A built checkout; this one unless told. */
  root?: string | undefined;
  environment: Record<string, string>;
  dir: string;
  runDir: string;
  /** Where a CPU profile is written when it ends; none unless told. */
  profileDir?: string | undefined;
}

export interface WharfService {
  name: ServiceName;
  port: number;
  process: RunningProcess;
}

/**
 * A service from the build, as it runs in production. What it logs goes straight into a file, as a container's output would:
 * read by us, it would cost the machine that is measured.
 */
export async function startWharfService(options: ServiceOptions): Promise<WharfService> {
  const { dir, environment, name, profileDir, root = thisCheckout, runDir } = options;
  const port = await pickFreePort();
  const logs = path.join(dir, 'log');
  mkdirSync(logs, { recursive: true });
  const profile = profileDir ? ['--cpu-prof', `--cpu-prof-dir=${path.join(profileDir, name)}`] : [];
  const program = [process.execPath, ...leanHeap, ...profile, path.join(root, 'services', name, 'dist/main.js')];
  const running = await startProcess({
    ...{ name, runDir, log: () => undefined, graceMs: 40_000 },
    command: '/bin/sh',
    args: ['-c', 'log=$1; shift; exec "$@" >> "$log" 2>&1', 'sh', path.join(logs, `${name}.log`), ...program],
    cwd: root,
    env: {
      ...serverEnvironment(),
      ...leanAllocator,
      NODE_ENV: 'production',
      ...environment,
      [name === 'gateway' ? 'PORT' : 'HEALTH_PORT']: String(port),
    },
  });
  try {
    await waitUntil([running], () => isReady(port), { intervalMs: 100 });
  } catch (error) {
    const said = readFileSync(path.join(logs, `${name}.log`), 'utf8').slice(-2000);
    throw new Error(`${name} does not become ready:\n${said}`, { cause: error });
  }
  return { name, port, process: running };
}

async function isReady(port: number): Promise<boolean> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/health/ready`, { headers: { connection: 'close' } });
    const report = (await answer.json()) as { status: string };
    return report.status === 'ok';
  } catch {
    return false;
  }
}
