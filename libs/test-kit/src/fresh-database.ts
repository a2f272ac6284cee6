import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { testServer } from './test-server.js';

export interface FreshDatabase {
  url: string;
  /** Cuts connections that are still open. */
  drop(): Promise<void>;
}

export interface FreshDatabaseOptions {
  /** Address of a superuser's database `postgres`; `WHARF_TEST_DATABASE_URL` unless given. */
  adminUrl?: string;
  /** Name of a database to clone, which nobody may be connected to; an empty database unless given. */
  template?: string;
  /** What each session of it begins with, by `alter database … set`. */
  settings?: Readonly<Record<string, string>>;
}

/** A database of its own for one test file. */
export async function freshDatabase(options: FreshDatabaseOptions = {}): Promise<FreshDatabase> {
  const adminUrl = options.adminUrl ?? testServer('WHARF_TEST_DATABASE_URL');
  const name = `wharf_test_${randomBytes(8).toString('hex')}`;
  const template = options.template ? ` template ${pg.escapeIdentifier(options.template)}` : '';
  await execute(adminUrl, `create database ${name}${template}`);
  for (const [setting, value] of Object.entries(options.settings ?? {}))
    await execute(adminUrl, `alter database ${name} set ${setting} = ${value}`);
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => execute(adminUrl, `drop database if exists ${name} with (force)`) };
}

async function execute(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
