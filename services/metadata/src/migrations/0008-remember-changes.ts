import { Migration } from '@mikro-orm/migrations';

export class RememberChanges extends Migration {
  override up(): void {
    this.addSql('alter table files add column changed_at timestamptz(3)');
  }
}
