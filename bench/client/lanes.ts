import { Connection } from './connection.ts';
import type { Extent, WorkDone } from './orders.ts';

/** What one request did. */
export interface Exchange {
  status: number;
  bytes: number;
  uid?: string;
}

/** Makes requests on several connections at a time, each after the answer to the one before, and adds up what they did. */
export async function runLanes(
  extent: Extent,
  exchange: (connection: Connection, index: number) => Promise<Exchange>,
): Promise<WorkDone> {
  const connections = Array.from({ length: extent.connections }, () => new Connection(extent.port));
  const latencies: number[] = [];
  const done: Exchange[] = [];
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  const deadline = extent.seconds === undefined ? Number.POSITIVE_INFINITY : startedAt + extent.seconds * 1000;
  const count = extent.count ?? Number.POSITIVE_INFINITY;
  let next = 0;
  const lane = async (connection: Connection) => {
    while (next < count && (next < connections.length || performance.now() < deadline)) {
      const index = next++;
      const sentAt = performance.now();
      done.push(await exchange(connection, index));
      latencies.push(performance.now() - sentAt);
    }
  };
  try {
    await Promise.all(connections.map(lane));
  } finally {
    for (const connection of connections) connection.close();
  }
  const seconds = (performance.now() - startedAt) / 1000;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { ...addUp(done), seconds, latenciesMs: percentiles(latencies), clientCpuSeconds: (user + system) / 1e6 };
}

function addUp(done: readonly Exchange[]): Pick<WorkDone, 'statuses' | 'bytes' | 'uids'> {
  const statuses: Record<number, number> = {};
  const uids: string[] = [];
  let bytes = 0;
  for (const each of done) {
    statuses[each.status] = (statuses[each.status] ?? 0) + 1;
    bytes += each.bytes;
    if (each.uid) uids.push(each.uid);
  }
  return { statuses, bytes, uids };
}

function percentiles(latencies: number[]): WorkDone['latenciesMs'] {
  latencies.sort((a, b) => a - b);
  const at = (share: number) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0;
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}
