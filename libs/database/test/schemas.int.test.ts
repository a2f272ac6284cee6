import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Migration } from '@mikro-orm/migrations';
import { defineEntity, type MikroORM, p } from '@mikro-orm/postgresql';
import {
  applyMigrations,
  type DatabaseDefinition,
  inTransaction,
  migrateUntilDone,
  openDatabase,
  promptLimits,
  run,
  statement,
} from '@wharf/database';
import { type FreshDatabase, freshDatabase, testLogger } from '@wharf/test-kit';

const NoteEntity = defineEntity({
  name: 'Note',
  tableName: 'notes',
  properties: { id: p.integer().primary(), text: p.text() },
});

/** A service that keeps notes, in a schema of its own or where search_path says. */
function notesIn(schema: string | undefined): DatabaseDefinition {
  class CreateNotes extends Migration {
    override up(): void {
      this.addSql(`create table ${schema ? `${schema}.` : ''}notes (id integer primary key, text text not null)`);
    }
  }
  return {
    applicationName: `notes-${schema ?? 'here'}`,
    entities: [NoteEntity],
    migrations: [{ name: '0001-create-notes', class: CreateNotes }],
    migrationLock: [77, schema?.length ?? 0],
    ...(schema && { schema }),
  };
}

const definitions = [notesIn(undefined), notesIn('first'), notesIn('second_one')];

let database: FreshDatabase;
const opened: MikroORM[] = [];

const open = (definition: DatabaseDefinition) => {
  const orm = openDatabase(definition, { url: database.url, poolMax: 2, ...promptLimits });
  opened.push(orm);
  return orm;
};

beforeAll(async () => {
  database = await freshDatabase();
});

afterAll(async () => {
  for (const orm of opened) await orm.close();
  await database.drop();
});

test('services share a database, each with tables and a book of migrations of its own', async () => {
  const migrate = (definition: DatabaseDefinition) =>
    migrateUntilDone({
      database: definition,
      databaseUrl: database.url,
      logger: testLogger,
      signal: new AbortController().signal,
      onFailure: () => undefined,
    });
  // All at once, and every one by two replicas.
  const results = await Promise.all([...definitions, ...definitions].map(migrate));
  expect(results).toEqual(results.map(() => true));

  for (const definition of definitions) {
    const orm = open(definition);
    await inTransaction(orm, async (em) => {
      em.create(NoteEntity, { id: 1, text: definition.applicationName });
    });
    await applyMigrations(orm, definition);
  }
  const asker = open(notesIn(undefined));
  for (const [place, text] of [
    ['public', 'notes-here'],
    ['first', 'notes-first'],
    ['second_one', 'notes-second_one'],
  ]) {
    expect(await run(asker, statement(`select text from ${place}.notes`), {})).toEqual([{ text }]);
    const books = await run(asker, statement(`select name from ${place}.mikro_orm_migrations`), {});
    expect(books).toEqual([{ name: '0001-create-notes' }]);
  }
});

test('a schema that somebody has made before is used', async () => {
  const definition = notesIn('made_before');
  await run(open(notesIn(undefined)), statement('create schema made_before'), {});
  await applyMigrations(open(definition), definition);
  expect(await run(open(definition), statement('select 1 from made_before.notes'), {})).toEqual([]);
});
