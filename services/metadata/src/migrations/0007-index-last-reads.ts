import { Migration } from '@mikro-orm/migrations';

export class IndexLastReads extends Migration {
  override up(): void {
    this.addSql(`
      create index files_least_recently_read on files ((coalesce(last_accessed_at, synced_at)), uid)
      where status = 'synced' and local_path is not null and cloud_path is not null`);
  }
}
