import { Migration } from '@mikro-orm/migrations';
import { nameSearchOf } from '../files/name-search.js';

const pageSize = 5000;

export class ListFiles extends Migration {
  override async up(): Promise<void> {
    // With defaults, so that replicas of the release before can go on inserting until they are replaced.
    await this.execute("alter table files add name_search text not null default ''");
    await this.execute("alter table files add name_trigrams integer[] not null default '{}'");
    await this.fillNames();
    // Pages of deleted files are asked for by status alone, and nothing else keeps them.
    this.addSql("create index files_by_time on files (created_at, uid) where status <> 'deleted'");
    this.addSql("create index files_by_size on files (size_bytes, uid) where status <> 'deleted'");
    this.addSql('create index files_by_status on files (status, created_at, uid)');
    this.addSql("create index files_by_type on files (content_type, created_at, uid) where status <> 'deleted'");
    this.addSql(`
      create index files_by_kind on files (split_part(content_type, '/', 1), created_at, uid)
      where status <> 'deleted'`);
    this.addSql(`
      create index files_by_owner on files (owner_id, created_at, uid)
      where owner_id is not null and status <> 'deleted'`);
    this.addSql(`
      create index files_by_message on files (message_id, created_at, uid)
      where message_id is not null and status <> 'deleted'`);
    // Whoever inserts writes to a list that is merged into the index now and then, and that every search reads through:
    // shorter than the usual 4 MB, since a page is asked for while somebody waits.
    this.addSql(`
      create index files_by_name on files using gin (name_trigrams) with (gin_pending_list_limit = 512)
      where status <> 'deleted'`);
  }

  /** Here and not in SQL, so that old names are folded as new ones are. */
  private async fillNames(): Promise<void> {
    let after = '00000000-0000-0000-0000-000000000000';
    while (true) {
      const files = (await this.execute('select uid, original_name from files where uid > ? order by uid limit ?', [
        after,
        pageSize,
      ])) as { uid: string; original_name: string }[];
      const last = files.at(-1);
      if (!last) return;
      const names = files.map(({ uid, original_name }) => ({ uid, ...nameSearchOf(original_name) }));
      await this.execute(
        `update files set name_search = name."nameSearch", name_trigrams = name."nameTrigrams"
         from json_to_recordset(?::json) as name (uid uuid, "nameSearch" text, "nameTrigrams" integer[])
         where files.uid = name.uid`,
        [JSON.stringify(names)],
      );
      after = last.uid;
    }
  }
}
