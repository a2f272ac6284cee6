import type { MikroORM } from '@mikro-orm/postgresql';
import type { LocatedFileRecord } from '@wharf/contracts';
import { AppError } from '@wharf/service-kit';
import { prepared, run } from '../database/statement.js';
import { type RecordRow, recordColumns, rowToFileRecord } from './to-file-record.js';

/** Asked for by every download: prepared, and read without an entity. */
const select = prepared('get_file', `select ${recordColumns} from files where uid = :uid`);

/** Deleted files too. Throws `file_not_found`. */
export async function getFile(orm: MikroORM, uid: string): Promise<LocatedFileRecord> {
  const [row] = await run<RecordRow>(orm, select, { uid });
  if (!row) throw new AppError('file_not_found', `no file ${uid} is recorded`);
  return rowToFileRecord(row);
}
