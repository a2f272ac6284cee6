import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type FreshFolder, freshFolder } from '@wharf/test-kit';
import pg from 'pg';
import { type PostgresServer, startPostgres } from '../scripts/servers/postgres.ts';

let folder: FreshFolder;
let server: PostgresServer;
const said: string[] = [];

beforeAll(async () => {
  folder = await freshFolder('postgres-role');
  await start();
});

afterAll(async () => {
  await server.stop();
  await folder.remove();
});

async function start(): Promise<void> {
  const log = (line: string) => said.push(line);
  const runDir = process.env.WHARF_TEST_RUN_DIR;
  server = await startPostgres({ dir: path.join(folder.path, 'postgres'), log, runDir, isDurable: false });
}

async function query<Row extends object>(url: string, ...statements: string[]): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    let rows: Row[] = [];
    for (const statement of statements) ({ rows } = await client.query<Row>(statement));
    return rows;
  } finally {
    await client.end();
  }
}

function inDatabase(url: string, name: string): string {
  return Object.assign(new URL(url), { pathname: `/${name}` }).href;
}

/** All that has an owner in the current database and is not the database system's. */
const owners = `
  SELECT relname AS name, pg_get_userbyid(relowner) AS owner FROM pg_class WHERE oid >= 16384 AND relnamespace::regnamespace::text !~ '^pg_'
  UNION SELECT proname, pg_get_userbyid(proowner) FROM pg_proc WHERE oid >= 16384
  UNION SELECT typname, pg_get_userbyid(typowner) FROM pg_type WHERE oid >= 16384 AND typnamespace::regnamespace::text !~ '^pg_'
  UNION SELECT nspname, pg_get_userbyid(nspowner) FROM pg_namespace WHERE oid >= 16384 AND nspname !~ '^pg_'`;

test('services connect as a role without powers, which owns its database and no other', async () => {
  const [role] = await query(
    server.url,
    `SELECT current_user AS name, rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls AS powerful,
       (SELECT array_agg(datname::text) FROM pg_database WHERE datdba = pg_roles.oid) AS databases,
       (SELECT count(*)::int FROM pg_auth_members WHERE member = pg_roles.oid) AS memberships
     FROM pg_roles WHERE rolname = current_user`,
  );
  expect(role).toEqual({ name: 'wharf', powerful: false, databases: ['wharf'], memberships: 0 });
  await query(server.url, 'CREATE TABLE things (id int)', 'DROP TABLE things');
  for (const refused of ['CREATE DATABASE other', 'CREATE ROLE other', "COPY (SELECT 1) TO PROGRAM 'true'"]) {
    await expect(query(server.url, refused)).rejects.toThrow(/permission denied|must be/);
  }
  for (const database of ['postgres', 'template1']) {
    await expect(query(inDatabase(server.url, database), 'SELECT 1')).rejects.toThrow('permission denied for database');
  }
});

test('passwords are kept for their owner alone', async () => {
  for (const name of ['password', 'wharf-password']) {
    expect((await stat(path.join(folder.path, 'postgres', name))).mode & 0o777).toBe(0o600);
  }
});

test('the database of an earlier version, which was the superuser’s, becomes the role’s with all that is in it', async () => {
  const asSuperuser = inDatabase(server.adminUrl, 'wharf');
  await query(
    asSuperuser,
    'ALTER DATABASE wharf OWNER TO postgres',
    'DROP OWNED BY wharf',
    'DROP ROLE wharf',
    'CREATE SCHEMA "Odd ""schema"""',
    "CREATE TYPE kind AS ENUM ('a')",
    'CREATE DOMAIN small AS int CHECK (VALUE < 10)',
    'CREATE TABLE "Odd ""schema""".things (id serial PRIMARY KEY, ident int GENERATED ALWAYS AS IDENTITY, kind kind, small small)',
    'CREATE TABLE parts (id int) PARTITION BY RANGE (id)',
    'CREATE TABLE part_one PARTITION OF parts FOR VALUES FROM (0) TO (10)',
    'CREATE SEQUENCE counter',
    'CREATE VIEW seen AS SELECT id FROM parts',
    'CREATE MATERIALIZED VIEW kept AS SELECT id FROM parts',
    "CREATE FUNCTION answer(kind) RETURNS int LANGUAGE sql AS 'SELECT 42'",
    "CREATE PROCEDURE act() LANGUAGE sql AS 'SELECT 1'",
    'INSERT INTO parts VALUES (7)',
  );
  await server.stop();
  await rm(path.join(folder.path, 'postgres/wharf-password'));
  await start();

  const found = await query<{ name: string; owner: string }>(server.url, owners);
  expect(found.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['things', 'part_one', 'counter', 'answer', 'act', 'kind']),
  );
  expect(found.filter(({ owner }) => owner !== 'wharf')).toEqual([]);
  expect(await query(server.url, 'ALTER TABLE parts ADD COLUMN more int', 'SELECT id FROM parts')).toEqual([{ id: 7 }]);
});

test.each([
  ['password', () => server.adminUrl],
  ['wharf-password', () => server.url],
])('%s, emptied by a power cut, is made anew and said', async (name, url) => {
  const file = path.join(folder.path, 'postgres', name);
  await server.stop();
  await writeFile(file, '');
  said.length = 0;
  await start();
  expect(await query(url(), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  expect(await readFile(file, 'utf8')).toMatch(/^[\w-]{24}$/);
  expect(said.join('\n')).toContain(`${file} is missing or broken`);
  // What a server says may be read by others than its owner.
  for (const secret of [server.url, server.adminUrl].map((each) => new URL(each).password)) {
    expect(said.join('\n')).not.toContain(secret);
  }
});
