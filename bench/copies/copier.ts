import type { WorkDone } from '../client/orders.ts';
import { type CopySource, copies } from './copy-ways.ts';

/** The process that copies: its CPU and its memory are what a copy costs. Takes a source, answers with what was done. */
const copy = copies[process.argv[2] ?? ''];

async function copyAndReport(source: CopySource): Promise<void> {
  try {
    if (!copy) throw new Error(`there is no way to copy called ${process.argv[2]}`);
    const startedAt = performance.now();
    await copy(source);
    const seconds = (performance.now() - startedAt) / 1000;
    const latency = seconds * 1000;
    const done: WorkDone = {
      ...{ seconds, statuses: { 200: 1 }, bytes: source.sizeBytes, clientCpuSeconds: 0, uids: [] },
      latenciesMs: { p50: latency, p99: latency, max: latency },
    };
    process.send?.({ done });
  } catch (error) {
    process.send?.({ failure: (error as Error).stack ?? String(error) });
  }
}

process.on('message', (source: CopySource) => void copyAndReport(source));
process.on('disconnect', () => process.exit(0));
