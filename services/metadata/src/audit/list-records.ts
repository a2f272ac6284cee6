import type { MikroORM } from '@mikro-orm/postgresql';
import type { ListRecords, LocatedFileRecord, RpcReply, RpcRequest } from '@wharf/contracts';
import { inOneStatement } from '../database/in-transaction.js';
import { FileEntity } from '../files/file.entity.js';
import { toFileRecord } from '../files/to-file-record.js';

/** NATS takes messages of 1 MiB; one record with all that users may attach to it stays far below what is left. */
const pageBytes = 512 * 1024;

/**
 * Records behind `after` in the order of their uids, deleted ones too: along the primary key, so that each page costs the
 * same. A page may hold less than `limit`, but never nothing while there is more.
 */
export async function listRecords(
  orm: MikroORM,
  { after, limit }: RpcRequest<typeof ListRecords>,
): Promise<RpcReply<typeof ListRecords>> {
  const files = await inOneStatement(orm, (em) =>
    em.find(FileEntity, after === null ? {} : { uid: { $gt: after } }, { orderBy: { uid: 'asc' }, limit }),
  );
  return { files: fitting(files.map(toFileRecord)) };
}

function fitting(records: LocatedFileRecord[]): LocatedFileRecord[] {
  let bytes = 0;
  const end = records.findIndex((record) => {
    bytes += Buffer.byteLength(JSON.stringify(record));
    return bytes > pageBytes;
  });
  return end === -1 ? records : records.slice(0, Math.max(end, 1));
}
