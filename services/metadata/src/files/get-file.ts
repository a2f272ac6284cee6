import type { MikroORM } from '@mikro-orm/postgresql';
import type { GetFile, GetFiles, LocatedFileRecord, RpcRequest } from '@wharf/contracts';
import { prepared, run, statement } from '@wharf/database';
import { Batcher } from '@wharf/service-kit';
import {
  type FileScope,
  fileNotFound,
  perScope,
  type ScopeKind,
  scopeCondition,
  scopeOf,
} from '../access/file-scope.js';
import type { Metadata } from '../metadata.js';
import { type RecordRow, recordColumns, rowToFileRecord } from './to-file-record.js';

/** A record, for somebody who may read what is within the scope. */
export interface WantedRecord {
  uid: string;
  scope: FileScope;
}

const selectOne = perScope((kind) =>
  kind === 'all'
    ? prepared('read_record', `select ${recordColumns} from files where uid = :uid`)
    : prepared(
        `read_record_${kind}`,
        `select ${recordColumns} from files where uid = :uid and ${scopeCondition(kind, 'files', ':value')}`,
      ),
);
/** Not prepared: a plan that was kept since the table was small might read all of it. */
const selectMany = statement(`select ${recordColumns} from files where uid = any (:uids::uuid[])`);
/** The same, where each record is wanted by somebody else. */
const selectManyWithin = perScope((kind) =>
  statement(`
    select ${recordColumns}, place::integer
    from unnest(:uids::uuid[], :values::text[]) with ordinality as wanted (wanted_uid, value, place)
      join files on files.uid = wanted_uid
    where ${scopeCondition(kind, 'files', 'wanted.value')}`),
);

/** Deleted files too. Throws `file_not_found`. Every download asks for one. */
export async function getFile(
  { readRecord }: Pick<Metadata, 'readRecord'>,
  { caller, uid }: RpcRequest<typeof GetFile>,
): Promise<LocatedFileRecord> {
  const file = await readRecord({ uid, scope: scopeOf(caller, 'read') });
  if (!file) throw fileNotFound(uid);
  return file;
}

/** Deleted files too. Those that the caller may not read are left out, as those that are not there. */
export async function getFiles(
  { readRecord }: Pick<Metadata, 'readRecord'>,
  { caller, uids }: RpcRequest<typeof GetFiles>,
): Promise<LocatedFileRecord[]> {
  const scope = scopeOf(caller, 'read');
  const files = await Promise.all(uids.map((uid) => readRecord({ uid, scope })));
  return files.filter((file) => file !== undefined);
}

/**
 * Reads for many what is asked for one by one: what came by the same read of a socket shares one statement, since at this rate sending and
 * receiving are what costs. Batches overlap, so that a connection that hangs holds up nobody else's.
 */
export function recordReader(orm: MikroORM): Metadata['readRecord'] {
  const reads = new Batcher<WantedRecord, LocatedFileRecord | undefined>((wanted) => readRecords(orm, wanted), {
    isOverlapping: true,
  });
  return (wanted) => reads.add(wanted);
}

/** One statement for each kind of scope: of one caller, or of many owners, there is one kind. */
async function readRecords(orm: MikroORM, wanted: WantedRecord[]): Promise<(LocatedFileRecord | undefined)[]> {
  const records: (LocatedFileRecord | undefined)[] = Array.from({ length: wanted.length });
  const places = Map.groupBy(wanted.keys(), (place) => (wanted[place] as WantedRecord).scope.kind);
  await Promise.all(
    [...places].map(async ([kind, ofKind]) => {
      const found = await readWithin(
        orm,
        kind,
        ofKind.map((place) => wanted[place] as WantedRecord),
      );
      for (const [index, place] of ofKind.entries()) records[place] = found[index];
    }),
  );
  return records;
}

async function readWithin(
  orm: MikroORM,
  kind: ScopeKind,
  wanted: WantedRecord[],
): Promise<(LocatedFileRecord | undefined)[]> {
  const [first] = wanted;
  if (wanted.length === 1 && first) {
    const [row] = await run<RecordRow>(orm, selectOne(kind), { uid: first.uid, value: first.scope.value });
    return [row && rowToFileRecord(row)];
  }
  const uids = wanted.map(({ uid }) => uid);
  if (kind === 'all') {
    const rows = await run<RecordRow>(orm, selectMany, { uids });
    const records = new Map(rows.map((row) => [row.uid, rowToFileRecord(row)]));
    return uids.map((uid) => records.get(uid));
  }
  const values = wanted.map(({ scope }) => scope.value);
  const rows = await run<RecordRow & { place: number }>(orm, selectManyWithin(kind), { uids, values });
  const records = new Map(rows.map(({ place, ...row }) => [place, rowToFileRecord(row)]));
  return wanted.map((_, index) => records.get(index + 1));
}
