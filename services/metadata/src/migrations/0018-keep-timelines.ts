import { Migration } from '@mikro-orm/migrations';

export class KeepTimelines extends Migration {
  override up(): void {
    // What the record of a file cannot tell any more of what became of it. What it can is not written twice: an upload writes nothing here.
    this.addSql(`
      create table file_events (
        position bigserial primary key,
        file_uid uuid not null references files (uid) on delete cascade,
        event_id text not null,
        type text not null,
        event jsonb not null,
        unique (file_uid, event_id)
      )`);
    // Of the object, as its store tags it: the one thing that file.synced tells and the record did not keep.
    this.addSql('alter table files add etag text');
    this.addSql(`
      create table janitor_runs (
        kind text not null,
        event_id text not null,
        finished_at timestamptz(3) not null,
        data jsonb not null,
        primary key (kind, event_id)
      )`);
  }
}
