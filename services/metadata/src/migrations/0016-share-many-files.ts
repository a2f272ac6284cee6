import { Migration } from '@mikro-orm/migrations';

export class ShareManyFiles extends Migration {
  override up(): void {
    // A link to one file names it in its own row, as before: replicas of the release before go on reading and inserting those.
    // `given_back_bytes` is theirs alone from now on.
    this.addSql(`
      alter table links
        alter file_uid drop not null,
        add owner_id text,
        add title text,
        add password_hash text,
        add file_count integer not null default 1,
        add last_used_at timestamptz(3),
        add given_back_share double precision not null default 0`);
    this.addSql(`
      update links set owner_id = file.owner_id, given_back_share = links.given_back_bytes::float8 / greatest(file.size_bytes, 1)
      from files file where file.uid = file_uid`);
    this.addSql(`
      create table link_files (
        link_id uuid not null references links on delete cascade,
        file_uid uuid not null references files on delete cascade,
        place integer not null,
        primary key (link_id, file_uid)
      )`);
    this.addSql('create index link_files_file on link_files (file_uid)');
    this.addSql(`
      create view link_targets as
        select id as link_id, file_uid, 0 as place from links where file_uid is not null
        union all select link_id, file_uid, place from link_files`);
    this.addSql('create index links_to_many on links (id) where file_uid is null');
    this.addSql('create index links_by_owner on links (owner_id, id)');
    // What an archive takes of its link is of no single file.
    this.addSql('alter table download_claims alter file_uid drop not null');
    this.addSql(`
      create table link_tries (
        key text primary key,
        tries timestamptz[] not null,
        last_try_at timestamptz not null
      )`);
    this.addSql('create index link_tries_by_age on link_tries (last_try_at)');
  }
}
