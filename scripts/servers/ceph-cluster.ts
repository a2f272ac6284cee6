import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, rmSync, statfsSync } from 'node:fs';
import path from 'node:path';
import { type ClusterState, cephConfig } from './ceph-config.ts';
import { type Log, type RunningProcess, runToEnd, startProcess } from './child-process.ts';
import { writeDurably } from './durable-file.ts';
import { findExecutable } from './find-executable.ts';
import { isPortFree, pickFreePort } from './free-port.ts';
import { readState } from './read-state.ts';

/** One cluster in one folder: its programs, run with its configuration. */
export class CephCluster {
  readonly dir: string;
  readonly state: ClusterState;
  private readonly log: Log;
  private readonly runDir: string | undefined;

  constructor(dir: string, state: ClusterState, log: Log, runDir?: string) {
    this.dir = dir;
    this.state = state;
    this.log = log;
    this.runDir = runDir;
  }

  get configFile(): string {
    return path.join(this.dir, 'ceph.conf');
  }

  writeConfig(gatewayPort: number): void {
    writeDurably(this.configFile, cephConfig(this.dir, this.state, gatewayPort));
  }

  run(program: string, ...args: string[]): Promise<string> {
    const command = findExecutable(program) ?? program;
    return runToEnd({ name: program, command, args, cwd: this.dir, log: this.log });
  }

  startMonitor(): Promise<RunningProcess> {
    return this.startDaemon('ceph-mon', ['-i', 'a']);
  }

  startDisk(): Promise<RunningProcess> {
    return this.startDaemon('ceph-osd', ['-i', '0']);
  }

  startGateway(): Promise<RunningProcess> {
    // Asked to end, a gateway may sleep out its background work for many seconds; it holds nothing that would be lost.
    return this.startDaemon('radosgw', ['-n', 'client.rgw.a'], 1000);
  }

  private startDaemon(program: string, args: string[], graceMs?: number): Promise<RunningProcess> {
    return startProcess({
      graceMs,
      name: program,
      command: findExecutable(program) ?? program,
      args: ['-f', '-c', this.configFile, ...args],
      cwd: this.dir,
      log: (line) => line.trim() && this.log(`${program}: ${line}`),
      runDir: this.runDir,
    });
  }
}

const stateFile = (dir: string) => path.join(dir, 'cluster.json');

/** The cluster made earlier in this folder, or undefined (whatever an interrupted creation left is removed). */
export function readCluster(dir: string): ClusterState | undefined {
  if (existsSync(stateFile(dir))) return readState<ClusterState>(stateFile(dir), ['fsid', 'accessKey', 'secretKey']);
  rmSync(dir, { recursive: true, force: true });
  for (const part of ['mon', 'osd', 'rgw']) mkdirSync(path.join(dir, part), { recursive: true, mode: 0o700 });
  return undefined;
}

/** Written last and in one step: a folder with this file holds a whole cluster. */
export function saveCluster(dir: string, state: ClusterState): void {
  writeDurably(stateFile(dir), JSON.stringify(state));
}

export async function newClusterState(dir: string): Promise<ClusterState> {
  return {
    fsid: randomUUID(),
    osdUuid: randomUUID(),
    monPort: await pickFreePort(),
    diskBytes: diskSize(dir),
    accessKey: '',
    secretKey: '',
  };
}

// A sparse file: it takes from the host only what is stored, but must never promise more than the host has.
function diskSize(dir: string): number {
  const { bavail, bsize } = statfsSync(dir);
  const gibibyte = 1024 ** 3;
  return Math.max(4, Math.floor((bavail * bsize * 0.8) / gibibyte)) * gibibyte;
}

/** One keyring for all daemons, each with no more rights than it needs. */
export async function createKeyring(cluster: CephCluster): Promise<void> {
  const everything = ['--cap', 'mon', 'allow *', '--cap', 'osd', 'allow *', '--cap', 'mgr', 'allow *'];
  const owners: [string, string[]][] = [
    ['mon.', ['--cap', 'mon', 'allow *']],
    ['client.admin', everything],
    ['osd.0', ['--cap', 'mon', 'allow profile osd', '--cap', 'osd', 'allow *', '--cap', 'mgr', 'allow profile osd']],
    ['client.rgw.a', ['--cap', 'mon', 'allow rw', '--cap', 'osd', 'allow rwx', '--cap', 'mgr', 'allow rw']],
  ];
  const keyring = path.join(cluster.dir, 'keyring');
  await cluster.run('ceph-authtool', keyring, '--create-keyring');
  for (const [owner, caps] of owners) {
    await cluster.run('ceph-authtool', keyring, '--gen-key', '-n', owner, ...caps);
  }
}

export async function createMonitor(cluster: CephCluster): Promise<void> {
  const monmap = path.join(cluster.dir, 'monmap');
  const { fsid, monPort } = cluster.state;
  await cluster.run('monmaptool', '--create', '--fsid', fsid, '--addv', 'a', monitorAddress(monPort), monmap);
  const keyring = path.join(cluster.dir, 'keyring');
  await cluster.run(
    'ceph-mon',
    '-c',
    cluster.configFile,
    '-i',
    'a',
    '--mkfs',
    '--monmap',
    monmap,
    '--keyring',
    keyring,
  );
}

/**
 * The monitor's address is part of its data and cannot be set by configuration. Where another program has taken the
 * port meanwhile, the monitor's map is edited while it is down, as Ceph's manual says for "changing a monitor's IP
 * address (the messy way)".
 */
export async function ensureMonitorPort(cluster: CephCluster, gatewayPort: number): Promise<void> {
  const { state } = cluster;
  if (await isPortFree(state.monPort)) return;
  const monmap = path.join(cluster.dir, 'monmap');
  const monitor = ['-c', cluster.configFile, '-i', 'a'];
  const newPort = await pickFreePort();
  await cluster.run('ceph-mon', ...monitor, '--extract-monmap', monmap);
  await cluster.run('monmaptool', '--rm', 'a', monmap);
  await cluster.run('monmaptool', '--addv', 'a', monitorAddress(newPort), monmap);
  await cluster.run('ceph-mon', ...monitor, '--inject-monmap', monmap);
  state.monPort = newPort;
  cluster.writeConfig(gatewayPort);
  saveCluster(cluster.dir, state);
}

function monitorAddress(port: number): string {
  return `[v2:127.0.0.1:${port}]`;
}
