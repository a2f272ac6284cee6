import { readlinkSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';

interface NetHandle {
  fd: number;
  bytesWritten: number;
  writeQueueSize: number;
}

/**
 * What was handed to a socket, and where it is: still in the queue of this process, or taken by the kernel. `bytesWritten` of a socket
 * counts both. (Node's own timeout looks at the queue for the same reason, in `net.Socket._onTimeout`.)
 */
export function outputOf(socket: Socket): { queuedBytes: number; takenBytes: number } {
  const handle = handleOf(socket);
  if (!handle) return { queuedBytes: 0, takenBytes: 0 };
  return { queuedBytes: handle.writeQueueSize, takenBytes: handle.bytesWritten - handle.writeQueueSize };
}

/** By the inode of a socket: bytes that its kernel holds until the peer acknowledges them. */
export type SendQueues = ReadonlyMap<string, number>;

/**
 * Looks at all TCP sockets of the network namespace: the kernel tells nothing of single ones through Node. Empty where there is no
 * such file: on other systems than Linux.
 */
export async function readSendQueues(): Promise<SendQueues> {
  const tables = await Promise.all(
    ['/proc/net/tcp', '/proc/net/tcp6'].map((path) => readFile(path, 'latin1').catch(() => '')),
  );
  const queues = new Map<string, number>();
  // sl local_address rem_address st tx_queue:rx_queue tr:tm->when retrnsmt uid timeout inode
  const row = /^ *\d+: \S+ \S+ \S+ ([0-9A-F]+):\S+ \S+ \S+ +\d+ +\d+ (\d+)/gm;
  for (const table of tables) {
    for (const [, queue = '', inode = ''] of table.matchAll(row)) queues.set(inode, Number.parseInt(queue, 16));
  }
  return queues;
}

export function inodeOf(socket: Socket): string | undefined {
  const handle = handleOf(socket);
  if (!handle) return undefined;
  try {
    return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${handle.fd}`))?.[1];
  } catch {
    return undefined;
  }
}

function handleOf(socket: Socket): NetHandle | null | undefined {
  return (socket as { _handle?: NetHandle | null })._handle;
}
