import type { MikroORM } from '@mikro-orm/postgresql';
import type { EventData, FileDeleted, FileStored } from '@wharf/contracts';
import { prepared, run } from '@wharf/database';
import { initialStatus, nextStatus } from './file-status.js';
import { nameSearchOf } from './name-search.js';

export interface NewFile {
  stored: EventData<typeof FileStored>;
  /** A deletion that is known to follow: the file is recorded as deleted from the first moment. */
  deletion?: Pick<EventData<typeof FileDeleted>, 'reason' | 'deleted_at'> | null;
}

/** Each column once for all files. Lists within a list would have to be of one length, so trigrams travel as text. */
const columns = {
  uid: 'uuid',
  original_name: 'text',
  name_search: 'text',
  name_trigrams: 'text',
  extension: 'text',
  content_type: 'text',
  charset: 'text',
  declared_content_type: 'text',
  size_bytes: 'bigint',
  sha256: 'text',
  status: 'text',
  local_path: 'text',
  cloud_path: 'text',
  owner_id: 'text',
  visibility: 'text',
  message_id: 'text',
  request_id: 'uuid',
  metadata: 'jsonb',
  expires_at: 'timestamptz',
  max_downloads: 'integer',
  created_at: 'timestamptz',
  deleted_at: 'timestamptz',
  deleted_reason: 'text',
};
type Row = Record<keyof typeof columns, unknown>;
const names = Object.keys(columns) as (keyof Row)[];

/** The primary key is what makes the event idempotent, for ever. */
const insertion = `
  insert into files (${names.join(', ')})
  select ${names.map((name) => (name === 'name_trigrams' ? 'name_trigrams::integer[]' : name)).join(', ')}
  from unnest(${names.map((name) => `:${name}::${columns[name]}[]`).join(', ')}) as file (${names.join(', ')})
  on conflict (uid) do nothing
  returning uid`;

const insert = prepared('record_stored_files', insertion);

/**
 * The same where any of the files has an owner: counts what is new for each of them, and settles what the uploads had reserved. Sorted before
 * anything is counted: many owners are locked in one order everywhere.
 */
const insertOwned = prepared(
  'record_owned_files',
  `with inserted as (${insertion}, owner_id, size_bytes, status
   ), ${countedOf('true')}
   select uid from inserted where (select count(*) from counted) >= 0`,
);

/** The same where any of them came by a file request. Requests are locked before owners, as by whoever reserves. */
const insertDelivered = prepared(
  'record_delivered_files',
  `with inserted as (${insertion}, owner_id, size_bytes, status, request_id
   ), delivered as materialized (
     select request_id, count(*) as files, sum(size_bytes)::bigint as bytes, array_agg(uid) as uids
     from inserted where request_id is not null
     group by request_id order by request_id
   ), settled as materialized (
     select settle_deliveries(request_id, files, bytes, uids) from delivered
   ), ${countedOf('(select count(*) from settled) >= 0')}
   select uid from inserted where (select count(*) from counted) >= 0`,
);

function countedOf(condition: string): string {
  return `owned as materialized (
     select owner_id, count(*) as files, sum(size_bytes)::bigint as bytes, array_agg(uid) as uids
     from inserted where ${condition} and owner_id is not null and status <> 'deleted'
     group by owner_id order by owner_id
   ), counted as materialized (
     select count_owner_files(owner_id, files, bytes, uids) from owned
   )`;
}

/**
 * Records files that lie on the volume, all of them or none. One that was recorded already stays as it is, whatever became
 * of it since: what resolves are the uids that are new.
 */
export async function recordStoredFiles(orm: MikroORM, files: readonly NewFile[]): Promise<Set<string>> {
  // By uid: two batches with the same files then never wait for each other in a circle.
  const rows = files.map(rowOf).sort((one, other) => (one.uid < other.uid ? -1 : Number(one.uid > other.uid)));
  const values = Object.fromEntries(names.map((name) => [name, rows.map((row) => row[name])]));
  const inserted = await run<{ uid: string }>(orm, statementFor(rows), values);
  return new Set(inserted.map(({ uid }) => uid));
}

function statementFor(rows: readonly Row[]) {
  if (rows.some((row) => row.request_id !== null)) return insertDelivered;
  return rows.some((row) => row.owner_id !== null) ? insertOwned : insert;
}

function rowOf({ stored, deletion }: NewFile): Row & { uid: string } {
  const { nameSearch, nameTrigrams } = nameSearchOf(stored.original_name);
  return {
    uid: stored.uid,
    original_name: stored.original_name,
    name_search: nameSearch,
    name_trigrams: `{${nameTrigrams.join(',')}}`,
    extension: stored.extension,
    content_type: stored.content_type,
    charset: stored.charset ?? null,
    declared_content_type: stored.declared_content_type ?? null,
    size_bytes: stored.size_bytes,
    sha256: stored.sha256,
    status: deletion ? nextStatus(initialStatus, 'deleted') : initialStatus,
    local_path: deletion ? null : stored.local_path,
    cloud_path: deletion || stored.local_path !== null ? null : stored.cloud_path,
    owner_id: stored.owner_id,
    visibility: stored.visibility ?? 'private',
    message_id: stored.message_id,
    request_id: stored.request_id ?? null,
    metadata: JSON.stringify(stored.metadata),
    expires_at: timeOf(stored.expires_at),
    max_downloads: stored.max_downloads,
    created_at: timeOf(stored.created_at),
    deleted_at: timeOf(deletion?.deleted_at),
    deleted_reason: deletion?.reason ?? null,
  };
}

/** To the millisecond, cut and not rounded. */
function timeOf(text: string | null | undefined): string | null {
  return text ? new Date(text).toISOString() : null;
}
