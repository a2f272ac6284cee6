import { ListPurgeCandidates, type PurgeCandidate, type PurgeOrder } from '@wharf/contracts';
import { callRpc } from '@wharf/messaging';
import type { Janitor } from '../janitor.js';

const pageSize = 200;

/** Files with both copies, a page at a time. Throws `unavailable` when metadata is away. */
export async function* listCandidates(
  { bus }: Janitor,
  { order, syncedBefore }: { order: PurgeOrder; syncedBefore: Date },
): AsyncGenerator<PurgeCandidate> {
  let last: PurgeCandidate | undefined;
  do {
    const { files } = await callRpc(bus, ListPurgeCandidates, {
      synced_before: syncedBefore.toISOString(),
      order,
      after: last ? { at: order === 'synced' ? last.synced_at : last.last_read_at, uid: last.uid } : null,
      limit: pageSize,
    });
    yield* files;
    last = files.length === pageSize ? files.at(-1) : undefined;
  } while (last);
}
