import type { ReadSystem, RpcReply } from '@wharf/contracts';
import { countDeadLetters, readConsumerStates } from '@wharf/messaging';
import type { Metadata } from '../metadata.js';
import { latestRuns } from './janitor-runs.js';

/** What metadata knows of the whole system. Throws `unavailable`. */
export async function readSystem({ bus, counts, orm }: Metadata): Promise<RpcReply<typeof ReadSystem>> {
  const [consumers, dead_letters, files, runs] = await Promise.all([
    readConsumerStates(bus),
    countDeadLetters(bus),
    counts.get(),
    latestRuns(orm),
  ]);
  return { consumers, dead_letters, files, ...runs };
}
