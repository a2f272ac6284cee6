import { Migration } from '@mikro-orm/migrations';

/** The character encoding of texts, which their type was recorded without; and types that were recorded with parameters lose them. */
export class KeepCharsets extends Migration {
  override up(): void {
    this.addSql('alter table files add charset text');
    this.addSql(`
      update files set content_type = lower(split_part(content_type, ';', 1))
      where content_type like '%;%' or content_type <> lower(content_type)`);
  }
}
