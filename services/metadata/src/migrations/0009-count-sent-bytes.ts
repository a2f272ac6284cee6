import { Migration } from '@mikro-orm/migrations';

export class CountSentBytes extends Migration {
  override up(): void {
    // With defaults, so that replicas of the release before can go on inserting until they are replaced.
    this.addSql(`
      alter table download_claims
        add sent_bytes bigint not null default 0,
        add reserved_bytes bigint not null default 0,
        add has_broken boolean not null default false`);
    this.addSql('alter table files add given_back_bytes bigint not null default 0');
    this.addSql('alter table links add given_back_bytes bigint not null default 0');
  }
}
