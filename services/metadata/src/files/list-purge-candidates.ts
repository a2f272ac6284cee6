import type { MikroORM } from '@mikro-orm/postgresql';
import type { ListPurgeCandidates, PurgeCandidate, PurgeOrder, RpcReply, RpcRequest } from '@wharf/contracts';
import { run, type Statement, statement } from '@wharf/database';

/** By what each order sorts, before the uid, and the same of a cursor's time; there is a partial index for each. */
const pages: Record<PurgeOrder, { first: Statement; next: Statement }> = {
  synced: pagesBy('synced_at', ':at::timestamptz'),
  last_read: pagesBy('last_read_hour', `date_bin('1 hour', :at::timestamptz, timestamptz '2000-01-01 00:00Z')`),
};

/** `next` compares rows, so that it continues inside the index also where many files were synced in one millisecond. */
function pagesBy(column: string, ofCursor: string): { first: Statement; next: Statement } {
  const page = (condition: string) =>
    statement(`
      select uid, local_path, cloud_path, size_bytes, sha256, synced_at, coalesce(last_accessed_at, synced_at) as last_read_at
      from files
      where status = 'synced' and local_path is not null and cloud_path is not null
        and synced_at < :syncedBefore ${condition}
      order by ${column}, uid limit :limit`);
  return { first: page(''), next: page(`and (${column}, uid) > (${ofCursor}, :uid)`) };
}

/** Files with both copies, those copied longest ago first, or read longest ago, to the hour. */
export async function listPurgeCandidates(
  orm: MikroORM,
  { synced_before, order, after, limit }: RpcRequest<typeof ListPurgeCandidates>,
): Promise<RpcReply<typeof ListPurgeCandidates>> {
  const page = after ? pages[order].next : pages[order].first;
  const values = { syncedBefore: synced_before, limit, at: after?.at, uid: after?.uid };
  return { files: (await run<CandidateRow>(orm, page, values)).map(toPurgeCandidate) };
}

type CandidateRow = Omit<PurgeCandidate, 'size_bytes'> & { size_bytes: string };

function toPurgeCandidate(row: CandidateRow): PurgeCandidate {
  return {
    ...row,
    size_bytes: Number(row.size_bytes),
    synced_at: new Date(row.synced_at).toISOString(),
    last_read_at: new Date(row.last_read_at).toISOString(),
  };
}
