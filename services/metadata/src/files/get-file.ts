import type { MikroORM } from '@mikro-orm/postgresql';
import type { LocatedFileRecord } from '@wharf/contracts';
import { AppError } from '@wharf/service-kit';
import { gather } from '../database/gather.js';
import { prepared, run, statement } from '../database/statement.js';
import type { Metadata } from '../metadata.js';
import { type RecordRow, recordColumns, rowToFileRecord } from './to-file-record.js';

const selectOne = prepared('read_record', `select ${recordColumns} from files where uid = :uid`);
/** Not prepared: a plan that was kept since the table was small might read all of it. */
const selectMany = statement(`select ${recordColumns} from files where uid = any (:uids::uuid[])`);

/** Deleted files too. Throws `file_not_found`. Every download asks for one. */
export async function getFile({ readRecord }: Pick<Metadata, 'readRecord'>, uid: string): Promise<LocatedFileRecord> {
  const file = await readRecord(uid);
  if (!file) throw new AppError('file_not_found', `no file ${uid} is recorded`);
  return file;
}

export function recordReader(orm: MikroORM): Metadata['readRecord'] {
  return gather(async (uids: string[]) => {
    const [uid] = uids;
    const rows = await (uids.length === 1
      ? run<RecordRow>(orm, selectOne, { uid })
      : run<RecordRow>(orm, selectMany, { uids }));
    return new Map(rows.map((row) => [row.uid, rowToFileRecord(row)]));
  });
}
