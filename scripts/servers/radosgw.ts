import path from 'node:path';
import {
  CephCluster,
  createKeyring,
  createMonitor,
  ensureMonitorPort,
  newClusterState,
  readCluster,
  saveCluster,
} from './ceph-cluster.ts';
import { type Log, type RunningProcess, waitUntil } from './child-process.ts';
import { ensureInstalled } from './ensure-installed.ts';
import { pickFreePort } from './free-port.ts';
import { answersHttp, type ObjectServer } from './object-server.ts';

export interface RadosgwServer extends ObjectServer {
  /** Takes the S3 door away and leaves the cluster behind it running: an outage in milliseconds. */
  stopGateway(): Promise<void>;
  /** Opens it again on the same port. */
  startGateway(): Promise<void>;
}

/** A RADOS gateway on a cluster of one monitor and one disk, all inside `dir`; runs as any user. */
export async function startRadosgw({
  dir,
  port,
  log,
  runDir,
}: {
  dir: string;
  port?: number;
  log: Log;
  runDir?: string;
}): Promise<RadosgwServer> {
  await ensureInstalled(['radosgw'], log);
  const gatewayPort = port ?? (await pickFreePort());
  const known = readCluster(dir);
  const cluster = new CephCluster(dir, known ?? (await newClusterState(dir)), log, runDir);
  cluster.writeConfig(gatewayPort);
  const running: RunningProcess[] = [];
  try {
    if (known) await reopenCluster(cluster, gatewayPort, running);
    else await createCluster(cluster, running);
    running.push(await openGateway(cluster, gatewayPort, running));
  } catch (error) {
    await stopInOrder(running);
    throw error;
  }
  return asObjectServer(cluster, gatewayPort, running);
}

async function reopenCluster(cluster: CephCluster, gatewayPort: number, running: RunningProcess[]): Promise<void> {
  await ensureMonitorPort(cluster, gatewayPort);
  // Disk and gateway look for the monitor themselves until it answers.
  running.push(await cluster.startMonitor(), await cluster.startDisk());
}

async function createCluster(cluster: CephCluster, running: RunningProcess[]): Promise<void> {
  const { osdUuid } = cluster.state;
  await createKeyring(cluster);
  await createMonitor(cluster);
  running.push(await cluster.startMonitor());
  // Waits for the monitor to answer.
  await cluster.run('ceph', '-c', cluster.configFile, '--connect-timeout', '60', 'osd', 'new', osdUuid);
  // In the foreground (-f): it would leave its work to a child that a shutdown cannot see.
  await cluster.run('ceph-osd', '-f', '-c', cluster.configFile, '-i', '0', '--mkfs', '--osd-uuid', osdUuid);
  running.push(await cluster.startDisk());
  // Waits for the disk, since the account is an object on it. Before the gateway: both would create the same pools.
  // It makes the keys itself: as arguments they would be in the list of processes, for everybody on the machine.
  const account = ['user', 'create', '--uid=wharf', '--display-name=wharf'];
  Object.assign(cluster.state, firstKeys(await cluster.run('radosgw-admin', '-c', cluster.configFile, ...account)));
  saveCluster(cluster.dir, cluster.state);
}

function firstKeys(account: string): { accessKey: string; secretKey: string } {
  const { keys } = JSON.parse(account) as { keys: { access_key: string; secret_key: string }[] };
  if (!keys[0]) throw new Error('radosgw-admin made an account without keys');
  return { accessKey: keys[0].access_key, secretKey: keys[0].secret_key };
}

async function openGateway(cluster: CephCluster, port: number, behind: RunningProcess[]): Promise<RunningProcess> {
  const gateway = await cluster.startGateway();
  try {
    const answers = () => answersHttp(`http://127.0.0.1:${port}/`);
    await waitUntil([gateway, ...behind], answers, { timeoutMs: 120_000 });
  } catch (error) {
    await gateway.kill('SIGKILL');
    throw error;
  }
  return gateway;
}

function asObjectServer(cluster: CephCluster, port: number, [monitor, disk, first]: RunningProcess[]): RadosgwServer {
  if (!monitor || !disk || !first) throw new Error(`cluster in ${path.basename(cluster.dir)} is not complete`);
  let gateway = first;
  const { accessKey, secretKey } = cluster.state;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    port,
    accessKey,
    secretKey,
    get pids() {
      return [monitor.pid, disk.pid, gateway.pid];
    },
    get exited() {
      return Promise.race([monitor.exited, disk.exited, gateway.exited]);
    },
    stop: () => stopInOrder([monitor, disk, gateway]),
    kill: async (signal = 'SIGKILL') => {
      await Promise.all([gateway, disk, monitor].map((each) => each.kill(signal)));
    },
    stopGateway: () => gateway.kill('SIGKILL'),
    startGateway: async () => {
      if (gateway.hasExited()) gateway = await openGateway(cluster, port, [monitor, disk]);
    },
  };
}

async function stopInOrder(running: RunningProcess[]): Promise<void> {
  for (const each of [...running].reverse()) await each.stop();
}
