import { Migration } from '@mikro-orm/migrations';
import { usageFunctions } from './0013-owner-usage-functions.js';

export class CreateOwnerUsage extends Migration {
  override up(): void {
    // An owner has a row from its first reservation on. Half of each page is left free, so that the row is replaced within its page.
    this.addSql(`
      create table owner_usage (
        owner_id text primary key,
        used_bytes bigint not null,
        used_files bigint not null,
        reserved_bytes bigint not null default 0,
        reserved_files bigint not null default 0
      ) with (fillfactor = 50)`);
    // A reservation has the uid of the file that it is for. It changes under the lock of its owner's row alone, but for its lease.
    this.addSql(`
      create table upload_reservations (
        id uuid primary key,
        owner_id text not null references owner_usage on delete cascade,
        bytes bigint not null,
        lapses_at timestamptz not null
      )`);
    this.addSql('create index upload_reservations_lapsed on upload_reservations (lapses_at)');
    for (const definition of usageFunctions) this.addSql(definition);
    // Judged in passing by every update of a status, and no more than that where a file neither ends nor changes hands.
    this.addSql(`
      create trigger file_usage_changed after update of status, owner_id, size_bytes on files for each row
      when (coalesce(old.owner_id, new.owner_id) is not null
        and ((old.status = 'deleted') <> (new.status = 'deleted') or old.owner_id is distinct from new.owner_id
          or old.size_bytes <> new.size_bytes))
      execute function count_changed_file()`);
    this.addSql(`
      create trigger file_usage_ended after delete on files for each row
      when (old.owner_id is not null and old.status <> 'deleted')
      execute function count_changed_file()`);
  }
}
