import type { MikroORM } from '@mikro-orm/postgresql';
import type { LocatedFileRecord } from '@wharf/contracts';
import { prepared, run, statement } from '@wharf/database';
import { AppError, Batcher } from '@wharf/service-kit';
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

/**
 * Reads for many what is asked for one by one: what came by the same read of a socket shares one statement, since at this rate sending and
 * receiving are what costs. Batches overlap, so that a connection that hangs holds up nobody else's.
 */
export function recordReader(orm: MikroORM): Metadata['readRecord'] {
  const reads = new Batcher<string, LocatedFileRecord | undefined>((uids) => readRecords(orm, uids), {
    isOverlapping: true,
  });
  return (uid) => reads.add(uid);
}

async function readRecords(orm: MikroORM, uids: string[]): Promise<(LocatedFileRecord | undefined)[]> {
  const [uid] = uids;
  const rows = await (uids.length === 1
    ? run<RecordRow>(orm, selectOne, { uid })
    : run<RecordRow>(orm, selectMany, { uids }));
  const records = new Map(rows.map((row) => [row.uid, rowToFileRecord(row)]));
  return uids.map((each) => records.get(each));
}
