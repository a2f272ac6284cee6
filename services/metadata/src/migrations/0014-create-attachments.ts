import { Migration } from '@mikro-orm/migrations';

export class CreateAttachments extends Migration {
  override up(): void {
    // Of an attachment the digest is known only after its object was read.
    this.addSql('alter table files alter sha256 drop not null');
    // Once confirmed it is a row of files under the same id, and what both have is read from there.
    this.addSql(`
      create table attachments (
        id uuid primary key,
        owner_id text,
        message_id text,
        filename text not null,
        content_type text not null,
        max_size_bytes bigint not null,
        allowed_types text[] not null,
        is_multipart boolean not null,
        state text not null check (state in ('reserved', 'confirmed', 'deleted')),
        created_at timestamptz(3) not null,
        expires_at timestamptz(3) not null,
        confirmed_at timestamptz(3),
        announced_at timestamptz(3),
        due_at timestamptz(3)
      )`);
    this.addSql('create index attachments_due on attachments (due_at) where due_at is not null');
    this.addSql('create index attachments_by_owner on attachments (owner_id, id)');
  }
}
