import { Migration } from '@mikro-orm/migrations';

export class KeepStartedSessions extends Migration {
  override up(): void {
    // Whether a range shorter than the file was sent to its end: the session holds its download until it is over.
    this.addSql('alter table download_claims add has_part boolean not null default false');
    // The expression of a generated column cannot be changed before PostgreSQL 17. Its index goes with it.
    this.addSql('alter table download_claims drop lapses_at');
    this.addSql(`
      alter table download_claims add lapses_at timestamptz not null generated always as
        (case when is_counted or has_part then greatest(lease_until, session_until) else lease_until end) stored`);
    this.addSql('create index download_claims_lapsed on download_claims (lapses_at)');
  }
}
