import { Migration } from '@mikro-orm/migrations';

export class CreateOutbox extends Migration {
  override up(): void {
    this.addSql(`
      create table outbox (
        id bigserial primary key,
        event_id uuid not null,
        type text not null,
        subject text not null,
        payload jsonb not null,
        created_at timestamptz(3) not null default now()
      )`);
  }
}
