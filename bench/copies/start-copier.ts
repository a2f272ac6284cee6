import path from 'node:path';
import type { WorkDone } from '../client/orders.ts';
import { startWorker } from '../client/worker-process.ts';
import type { CopySource } from './copy-ways.ts';

/** The minio client's own way is what the others are compared with. */
export const copyWays = ['fPutObject', 'wharf', 'presigned PUT'] as const;

export interface Copier {
  pid: number;
  copy(): Promise<WorkDone>;
  stop(): Promise<void>;
}

export async function startCopier(way: string, source: CopySource): Promise<Copier> {
  const worker = startWorker<CopySource>(path.join(import.meta.dirname, 'copier.ts'), way);
  return { pid: worker.pid, copy: () => worker.run(source), stop: () => worker.stop() };
}
