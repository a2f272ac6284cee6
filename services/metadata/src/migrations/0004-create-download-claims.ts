import { Migration } from '@mikro-orm/migrations';

export class CreateDownloadClaims extends Migration {
  override up(): void {
    this.addSql('alter table files add open_claims integer not null default 0 check (open_claims >= 0)');
    // A claim has the id of the transfer that opened it: a repeated request meets the primary key.
    // A counted claim is kept for the ranges of its session, an open one only while somebody keeps it.
    this.addSql(`
      create table download_claims (
        id uuid primary key,
        file_uid uuid not null references files on delete cascade,
        link_id uuid references links on delete cascade,
        client text not null,
        transfers uuid[] not null,
        is_session boolean not null,
        is_counted boolean not null default false,
        opened_at timestamptz not null default now(),
        lease_until timestamptz not null,
        session_until timestamptz not null,
        lapses_at timestamptz not null generated always as
          (case when is_counted then greatest(lease_until, session_until) else lease_until end) stored
      )`);
    this.addSql(`
      create unique index download_claims_session on download_claims (file_uid, client, link_id) nulls not distinct
      where is_session`);
    this.addSql('create index download_claims_file on download_claims (file_uid)');
    this.addSql('create index download_claims_link on download_claims (link_id) where link_id is not null');
    this.addSql('create index download_claims_lapsed on download_claims (lapses_at)');
  }
}
