import { Migration } from '@mikro-orm/migrations';

/** What senders declared as the type of their files, beside the type by which files are served. */
export class KeepDeclaredTypes extends Migration {
  override up(): void {
    this.addSql('alter table files add declared_content_type text');
  }
}
