import type { Role } from './postgres-passwords.ts';

/** For database `postgres`; can be repeated. The role may be there already, made by hand or before a power cut. */
export function rolesSql(passwords: Record<Role, string>): string[] {
  const powers = 'LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS';
  return [
    "DO $$ BEGIN IF to_regrole('wharf') IS NULL THEN CREATE ROLE wharf; END IF; END $$",
    `ALTER ROLE wharf ${powers} PASSWORD ${quoted(passwords.wharf)}`,
    `ALTER ROLE postgres PASSWORD ${quoted(passwords.postgres)}`,
    // By default every role may connect to every database.
    'REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC',
  ];
}

export const createDatabaseSql = ['CREATE DATABASE wharf OWNER wharf', 'REVOKE ALL ON DATABASE wharf FROM PUBLIC'];

/**
 * For database `wharf` of an earlier version, whose services connected as superuser: what they made there goes to the role `wharf`.
 * `REASSIGN OWNED BY postgres` is refused, since that role owns the database system too. What is a user's has an oid from 16384 on;
 * what belongs to an extension stays with it, and indexes and most sequences follow their tables.
 */
export const handOverSql = [
  'ALTER DATABASE wharf OWNER TO wharf',
  'REVOKE ALL ON DATABASE wharf FROM PUBLIC',
  `DO $$ DECLARE target text; BEGIN
    FOR target IN
      SELECT format('SCHEMA %I', nspname) FROM pg_namespace WHERE oid >= 16384 AND nspname !~ '^pg_'
      UNION ALL SELECT format('TABLE %s', oid::regclass) FROM pg_class c
        WHERE oid >= 16384 AND relkind IN ('r', 'p', 'v', 'm', 'f') AND ${isFree('pg_class', 'c.oid', "'e'")}
      UNION ALL SELECT format('SEQUENCE %s', oid::regclass) FROM pg_class c
        WHERE oid >= 16384 AND relkind = 'S' AND ${isFree('pg_class', 'c.oid', "'e', 'a', 'i'")}
      UNION ALL SELECT format('ROUTINE %s', oid::regprocedure) FROM pg_proc p
        WHERE oid >= 16384 AND ${isFree('pg_proc', 'p.oid', "'e', 'i'")}
      UNION ALL SELECT format('TYPE %s', oid::regtype) FROM pg_type t
        WHERE oid >= 16384 AND typtype IN ('e', 'd', 'r') AND ${isFree('pg_type', 't.oid', "'e'")}
    LOOP EXECUTE format('ALTER %s OWNER TO wharf', target); END LOOP;
  END $$`,
];

function isFree(catalog: string, oid: string, dependencies: string): string {
  return `NOT EXISTS (SELECT FROM pg_depend WHERE classid = '${catalog}'::regclass AND objid = ${oid} AND deptype IN (${dependencies}))`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
