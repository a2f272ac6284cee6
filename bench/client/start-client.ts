import path from 'node:path';
import type { Order } from './orders.ts';
import { startWorker, type WorkerProcess } from './worker-process.ts';

export type Client = WorkerProcess<Order>;

export function startClient(): Client {
  return startWorker<Order>(path.join(import.meta.dirname, 'main.ts'));
}
