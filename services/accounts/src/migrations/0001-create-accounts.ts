import { Migration } from '@mikro-orm/migrations';

export class CreateAccounts extends Migration {
  override up(): void {
    this.createUsers();
    this.createSessions();
    this.createKeys();
    this.createLoginTries();
  }

  private createUsers(): void {
    this.addSql(`
      create table accounts.users (
        id uuid primary key,
        email text not null unique,
        role text not null,
        password_hash text not null,
        disabled boolean not null default false,
        max_bytes bigint,
        max_files bigint,
        max_uploads integer,
        created_at timestamptz(3) not null,
        last_login_at timestamptz(3),
        changed_at timestamptz(3),
        changed_by text
      )`);
    this.addSql('create index users_changed on accounts.users (changed_at) where changed_at is not null');
  }

  private createSessions(): void {
    this.addSql(`
      create table accounts.sessions (
        id uuid primary key,
        user_id uuid not null references accounts.users,
        family_hash text not null unique,
        token_hash text not null,
        address text not null,
        user_agent text not null,
        created_at timestamptz(3) not null,
        last_used_at timestamptz(3) not null,
        expires_at timestamptz(3) not null,
        ended_at timestamptz(3),
        end_reason text
      )`);
    this.addSql('create index sessions_of_user on accounts.sessions (user_id, last_used_at)');
    this.addSql('create index sessions_ended on accounts.sessions (ended_at) where ended_at is not null');
    this.addSql('create index sessions_by_expiry on accounts.sessions (expires_at)');
  }

  private createKeys(): void {
    this.addSql(`
      create table accounts.api_keys (
        id text primary key,
        user_id uuid not null references accounts.users,
        name text not null,
        secret_hash text not null,
        scopes text[] not null,
        created_at timestamptz(3) not null,
        last_used_at timestamptz(3),
        expires_at timestamptz(3),
        revoked_at timestamptz(3)
      )`);
    this.addSql('create index api_keys_of_user on accounts.api_keys (user_id)');
    this.addSql('create index api_keys_revoked on accounts.api_keys (revoked_at) where revoked_at is not null');
    this.addSql('create index api_keys_by_expiry on accounts.api_keys (expires_at) where expires_at is not null');
    this.addSql(`
      create table accounts.signing_keys (
        kid text primary key,
        private_key text not null,
        signs_from timestamptz(3) not null
      )`);
  }

  private createLoginTries(): void {
    this.addSql(`
      create table accounts.login_tries (
        key text primary key,
        tries timestamptz[] not null,
        last_try_at timestamptz not null
      )`);
    this.addSql('create index login_tries_by_age on accounts.login_tries (last_try_at)');
    this.addSql(`
      create table accounts.known_networks (
        user_id uuid not null references accounts.users,
        network text not null,
        last_login_at timestamptz not null,
        primary key (user_id, network)
      )`);
    this.addSql('create index known_networks_by_age on accounts.known_networks (last_login_at)');
  }
}
