import { expect, test } from '@jest/globals';
import { openDatabase } from '@wharf/database';
import { freshDatabase } from '@wharf/test-kit';
import { metadataDatabase } from '../src/database.js';
import { nameSearchOf } from '../src/files/name-search.js';

test('files that were recorded before names could be searched are found by them', async () => {
  const database = await freshDatabase();
  const orm = openDatabase(metadataDatabase, { url: database.url, poolMax: 2, workMs: 0, statementTimeoutMs: 0 });
  const em = orm.em.fork();
  await orm.migrator.up({ to: '0005-find-due-files' });
  // More than the migration reads at once.
  await em.execute(
    `insert into files (uid, original_name, extension, content_type, size_bytes, sha256, status, metadata, created_at)
     select gen_random_uuid(), 'ОТЧЁТ ' || n || '.PDF', 'pdf', 'application/pdf', 1, 'a', 'stored', '{}', now()
     from generate_series(1, 5003) n`,
  );
  await orm.migrator.up();
  const rows = await em.execute<{ original_name: string; name_search: string; name_trigrams: number[] }[]>(
    'select original_name, name_search, name_trigrams from files',
  );
  expect(rows).toHaveLength(5003);
  for (const { original_name, name_search, name_trigrams } of rows) {
    expect({ nameSearch: name_search, nameTrigrams: name_trigrams }).toEqual(nameSearchOf(original_name));
  }
  await orm.close();
  await database.drop();
});

test('types that were recorded with parameters or capital letters lose them', async () => {
  const database = await freshDatabase();
  const orm = openDatabase(metadataDatabase, { url: database.url, poolMax: 2, workMs: 0, statementTimeoutMs: 0 });
  const em = orm.em.fork();
  await orm.migrator.up({ to: '0009-count-sent-bytes' });
  const types = ['audio/ogg; codecs=opus', 'video/MP1S', 'image/png'];
  for (const type of types) {
    await em.execute(
      `insert into files (uid, original_name, name_search, name_trigrams, extension, content_type, size_bytes, sha256, status,
         metadata, created_at)
       values (gen_random_uuid(), 'a', 'a', '{}', '', ?, 1, 'a', 'stored', '{}', now())`,
      [type],
    );
  }
  await orm.migrator.up();
  const rows = await em.execute<{ content_type: string; content_kind: string }[]>(
    'select content_type, content_kind from files order by content_type',
  );
  expect(rows).toEqual([
    { content_type: 'audio/ogg', content_kind: 'audio' },
    { content_type: 'image/png', content_kind: 'image' },
    { content_type: 'video/mp1s', content_kind: 'video' },
  ]);
  await orm.close();
  await database.drop();
});
