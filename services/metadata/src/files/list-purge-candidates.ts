import { type MikroORM, raw } from '@mikro-orm/postgresql';
import type { ListPurgeCandidates, PurgeCandidate, PurgeOrder, RpcReply, RpcRequest } from '@wharf/contracts';
import { inOneStatement } from '../database/in-transaction.js';
import { FileEntity } from './file.entity.js';

/** What each order sorts by, before the uid, and the same of a cursor's time; there is a partial index for each. */
const sortKeys: Record<PurgeOrder, { column: string; ofCursor: string }> = {
  synced: { column: 'synced_at', ofCursor: '?' },
  last_read: { column: 'last_read_hour', ofCursor: `date_bin('1 hour', ?, timestamptz '2000-01-01 00:00Z')` },
};

/** Files with both copies, those copied longest ago first, or read longest ago, to the hour. */
export async function listPurgeCandidates(
  orm: MikroORM,
  { synced_before, order, after, limit }: RpcRequest<typeof ListPurgeCandidates>,
): Promise<RpcReply<typeof ListPurgeCandidates>> {
  const { column, ofCursor } = sortKeys[order];
  const files = await inOneStatement(orm, (em) => {
    const query = em
      .createQueryBuilder(FileEntity, 'file')
      .where({
        status: 'synced',
        localPath: { $ne: null },
        cloudPath: { $ne: null },
        syncedAt: { $lt: new Date(synced_before) },
      })
      .orderBy([{ [raw(column)]: 'asc' }, { uid: 'asc' }])
      .limit(limit);
    // A row comparison, so that a page continues inside the index also where many files were synced in one millisecond.
    if (after) query.andWhere(raw(`(${column}, uid) > (${ofCursor}, ?)`, [new Date(after.at), after.uid]));
    return query.getResult();
  });
  return { files: files.map(toPurgeCandidate) };
}

function toPurgeCandidate(file: FileEntity): PurgeCandidate {
  if (file.localPath === null || file.cloudPath === null || file.syncedAt === null) {
    throw new Error(`file ${file.uid} has no two copies`);
  }
  return {
    uid: file.uid,
    local_path: file.localPath,
    cloud_path: file.cloudPath,
    size_bytes: file.sizeBytes,
    sha256: file.sha256,
    synced_at: file.syncedAt.toISOString(),
    last_read_at: (file.lastAccessedAt ?? file.syncedAt).toISOString(),
  };
}
