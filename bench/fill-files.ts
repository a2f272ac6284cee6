/** Whatever runs SQL with `$1` parameters, such as a client of the driver. */
export interface SqlClient {
  query(sql: string, parameters?: unknown[]): Promise<{ rows: Record<string, unknown>[] }>;
}

export interface NameSearch {
  nameSearch: string;
  nameTrigrams: number[];
}

const subjects = ['report', 'invoice', 'photo', 'scan', 'backup', 'contract', 'минутка', 'отчёт', 'договор', 'снимок'];
const places = ['berlin', 'lyon', 'oslo', 'казань', 'porto', 'kyoto', 'lima', 'tartu', 'minsk', 'accra', 'quito'];
const extensions = ['pdf', 'jpg', 'png', 'txt', 'docx', 'mp4', 'zip', 'csv'];
const distinctNames = 20_000;

/**
 * Fills the table `files` as a few years of use would: types, owners and messages from very common to very rare, one file
 * of ten deleted, five of a second. The indexes are taken away and made again, which takes seconds instead of minutes.
 */
export async function fillFiles(
  client: SqlClient,
  { count, nameSearchOf }: { count: number; nameSearchOf: (name: string) => NameSearch },
): Promise<void> {
  const { rows: indexes } = await client.query(
    `select indexname, indexdef from pg_indexes where tablename = 'files' and indexname <> 'files_pkey'`,
  );
  for (const { indexname } of indexes) await client.query(`drop index ${indexname}`);
  await fillNames(client, nameSearchOf);
  await client.query(insertFiles, [count, distinctNames]);
  for (const { indexdef } of indexes) await client.query(String(indexdef));
  await client.query('analyze files');
}

async function fillNames(client: SqlClient, nameSearchOf: (name: string) => NameSearch): Promise<void> {
  const names = Array.from({ length: distinctNames }, (_, id) => {
    const name = `${pick(subjects, id)} ${pick(places, id * 7)} ${(id * 7919) % 100_003}.${pick(extensions, id * 3)}`;
    return { id, name, ...nameSearchOf(name) };
  });
  await client.query(
    `create temporary table names (id integer primary key, name text, search text, trigrams integer[])`,
  );
  await client.query(
    `insert into names select id, name, "nameSearch", "nameTrigrams"
     from json_to_recordset($1::json) as name (id integer, name text, "nameSearch" text, "nameTrigrams" integer[])`,
    [JSON.stringify(names)],
  );
}

// The uid is a UUIDv7 of the time of creation, as the gateway makes it.
const insertFiles = `
  insert into files (uid, original_name, name_search, name_trigrams, extension, content_type, size_bytes, sha256, status,
    local_path, cloud_path, owner_id, message_id, metadata, created_at, deleted_at, deleted_reason)
  select (lpad(to_hex((extract(epoch from file.created_at) * 1000)::bigint), 12, '0') || '7' || substr(md5(n::text), 1, 3)
      || 'a' || substr(md5(n::text), 4, 15))::uuid,
    names.name, names.search, names.trigrams, split_part(names.name, '.', 2),
    case when n % 2 = 0 then 'image/jpeg' when n % 3 = 0 then 'application/pdf' when n % 50 = 1 then 'text/plain'
         when n % 5000 = 5 then 'image/avif' when n % 20000 = 7 then 'font/woff2' else 'video/mp4' end,
    (n * 7919::bigint) % 1000003, md5(n::text) || md5((n + 1)::text),
    case when n % 10 = 3 then 'deleted' when n % 4 = 0 then 'stored' when n % 10007 = 1 then 'quarantined'
         when n % 4 = 1 then 'synced' else 'archived' end,
    'files/aa/bb/' || n, 'wharf/files/' || n,
    case when n % 3 = 0 then 'owner-common' when n % 3 = 1 then 'owner-' || n % 997 end,
    case when n % 5 = 0 then 'message-' || n / 20 end,
    '{"camera": "x100"}', file.created_at,
    case when n % 10 = 3 then file.created_at end, case when n % 10 = 3 then 'user' end
  from generate_series(1, $1::integer) n
    cross join lateral (select timestamptz '2025-01-01Z' + n / 5 * interval '1 second' as created_at) file
    join names on names.id = (n * 31::bigint) % $2::integer`;

function pick(words: string[], index: number): string {
  return words[index % words.length] ?? '';
}
