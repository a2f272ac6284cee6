import { Migration } from '@mikro-orm/migrations';

export class IndexLastReads extends Migration {
  override up(): void {
    // To the hour: what an index mentions must not change with every read, or each one would write into all indexes of the
    // table (no heap-only update).
    this.addSql(`
      alter table files add last_read_hour timestamptz
      generated always as (date_bin('1 hour', coalesce(last_accessed_at, synced_at), timestamptz '2000-01-01 00:00Z')) stored`);
    this.addSql(`
      create index files_least_recently_read on files (last_read_hour, uid)
      where status = 'synced' and local_path is not null and cloud_path is not null`);
  }
}
