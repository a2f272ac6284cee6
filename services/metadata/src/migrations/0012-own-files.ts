import { Migration } from '@mikro-orm/migrations';

export class OwnFiles extends Migration {
  override up(): void {
    // With a default, so that replicas of the release before can go on inserting until they are replaced.
    this.addSql(`
      alter table files add visibility text not null default 'private' check (visibility in ('private', 'public'))`);
    // What one owner lists costs by that owner's files, however many others there are: each sort and each filter has an index of its own.
    // All of them are without files that nobody owns, which are all files while AUTH is open.
    this.addSql(`
      create index files_by_owner_size on files (owner_id, size_bytes, uid)
      where owner_id is not null and status <> 'deleted'`);
    this.addSql(`
      create index files_by_owner_status on files (owner_id, status, created_at, uid)
      where owner_id is not null`);
    this.addSql(`
      create index files_by_owner_type on files (owner_id, content_type, created_at, uid)
      where owner_id is not null and status <> 'deleted'`);
    this.addSql(`
      create index files_by_owner_kind on files (owner_id, content_kind, created_at, uid)
      where owner_id is not null and status <> 'deleted'`);
    this.addSql(`
      create index files_by_owner_message on files (owner_id, message_id, created_at, uid)
      where owner_id is not null and message_id is not null and status <> 'deleted'`);
  }
}
