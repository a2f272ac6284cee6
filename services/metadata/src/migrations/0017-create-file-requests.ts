import { Migration } from '@mikro-orm/migrations';
import { deliveryFunctions } from './0017-delivery-functions.js';

export class CreateFileRequests extends Migration {
  override up(): void {
    // What was used stays so when a file ends: a request takes so many deliveries, and not so many at a time. Half of each page is left free, as
    // with the usage of owners.
    this.addSql(`
      create table file_requests (
        id uuid primary key,
        owner_id text,
        has_account boolean not null,
        token_hash text not null unique,
        title text not null,
        message text,
        max_files integer not null,
        max_bytes bigint not null,
        max_file_size bigint not null,
        allowed_types text[] not null,
        password_hash text,
        created_at timestamptz(3) not null default now(),
        expires_at timestamptz(3) not null,
        closed_at timestamptz(3),
        used_files integer not null default 0,
        used_bytes bigint not null default 0,
        reserved_files integer not null default 0,
        reserved_bytes bigint not null default 0
      ) with (fillfactor = 50)`);
    this.addSql('create index file_requests_by_owner on file_requests (owner_id, id)');
    this.addSql('create index file_requests_by_end on file_requests (coalesce(closed_at, expires_at))');
    // Beside the one in the owner's quota, under the same id. It changes under the lock of its request's row alone, but for its lease.
    this.addSql(`
      create table delivery_reservations (
        id uuid primary key,
        request_id uuid not null references file_requests on delete cascade,
        bytes bigint not null,
        lapses_at timestamptz not null
      )`);
    this.addSql('create index delivery_reservations_lapsed on delivery_reservations (lapses_at)');
    this.addSql('create index delivery_reservations_by_request on delivery_reservations (request_id)');
    // No reference: the record of a file outlives what is known of the request.
    this.addSql('alter table files add request_id uuid');
    this.addSql(`
      create index files_by_request on files (request_id, created_at, uid)
      where request_id is not null and status <> 'deleted'`);
    for (const definition of deliveryFunctions) this.addSql(definition);
  }
}
