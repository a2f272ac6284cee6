import type { MikroORM } from '@mikro-orm/postgresql';
import type { ListRecords, RpcReply, RpcRequest } from '@wharf/contracts';
import { inOneStatement } from '@wharf/database';
import { FileEntity } from '../files/file.entity.js';
import { fittingPage } from '../files/fitting-page.js';
import { toFileRecord } from '../files/to-file-record.js';

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
  return { files: fittingPage(files.map(toFileRecord)) };
}
