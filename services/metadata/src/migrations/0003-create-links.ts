import { Migration } from '@mikro-orm/migrations';

export class CreateLinks extends Migration {
  override up(): void {
    this.addSql(`
      create table links (
        id uuid primary key,
        file_uid uuid not null references files on delete cascade,
        token_hash text not null unique,
        expires_at timestamptz(3),
        max_downloads integer,
        download_count integer not null default 0,
        open_claims integer not null default 0 check (open_claims >= 0),
        created_at timestamptz(3) not null default now(),
        revoked_at timestamptz(3)
      )`);
    this.addSql('create index links_file on links (file_uid)');
  }
}
