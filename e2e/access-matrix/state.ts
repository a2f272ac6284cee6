import pg from 'pg';

/** What requests change, without what reading changes: counts and times of use. */
const rows = [
  'select uid, original_name, status, visibility, owner_id, message_id, metadata, expires_at from files order by uid',
  'select id, file_uid, revoked_at from links order by id',
  'select id, owner_id, title, closed_at from file_requests order by id',
  'select id, email, role, password_hash, disabled, max_bytes, max_files, max_uploads from accounts.users order by id',
  'select id, token_hash, ended_at from accounts.sessions order by id',
  'select id, scopes, revoked_at from accounts.api_keys order by id',
];
const digest = `select md5(concat(${rows.map((each) => `(select json_agg(row) from (${each}) row)`).join(', ')})) digest`;

/** What is recorded of files and users: a request that is refused must not change it. */
export async function openState(databaseUrl: string): Promise<{ digest(): Promise<string>; close(): Promise<void> }> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  return {
    digest: async () => (await client.query<{ digest: string }>(digest)).rows[0]?.digest as string,
    close: () => client.end(),
  };
}
