import { Migration } from '@mikro-orm/migrations';

export class FindDueFiles extends Migration {
  override up(): void {
    this.addSql(`
      create index files_expiring on files (expires_at)
      where status <> 'deleted' and expires_at is not null`);
    // A column instead of `where download_count >= max_downloads`: what an index mentions must not change with every
    // download, or each one would write into all indexes of the table (no heap-only update).
    this.addSql(`
      alter table files add is_exhausted boolean not null
      generated always as (coalesce(download_count >= max_downloads, false)) stored`);
    this.addSql("create index files_exhausted on files (uid) where is_exhausted and status <> 'deleted'");
    this.addSql("create index files_forgettable on files (deleted_at) where status = 'deleted'");
  }
}
