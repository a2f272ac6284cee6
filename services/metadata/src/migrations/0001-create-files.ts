import { Migration } from '@mikro-orm/migrations';

export class CreateFiles extends Migration {
  override up(): void {
    // Times have milliseconds, as in events: a cursor read from an answer compares equal to the row it came from.
    this.addSql(`
      create table files (
        uid uuid primary key,
        original_name text not null,
        extension text not null,
        content_type text not null,
        size_bytes bigint not null check (size_bytes >= 0),
        sha256 text not null,
        status text not null check (status in ('stored', 'synced', 'archived', 'deleted', 'quarantined')),
        local_path text,
        cloud_path text,
        sync_error text,
        owner_id text,
        message_id text,
        metadata jsonb not null,
        expires_at timestamptz(3),
        max_downloads integer,
        download_count integer not null default 0,
        created_at timestamptz(3) not null,
        synced_at timestamptz(3),
        archived_at timestamptz(3),
        deleted_at timestamptz(3),
        deleted_reason text check (deleted_reason in ('user', 'expired', 'downloads_exhausted', 'infected')),
        last_accessed_at timestamptz(3)
      )`);
    this.addSql(`
      create index files_purge_candidates on files (synced_at, uid)
      where status = 'synced' and local_path is not null and cloud_path is not null`);
  }
}
