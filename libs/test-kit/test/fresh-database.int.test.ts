import { expect, test } from '@jest/globals';
import pg from 'pg';
import { freshDatabase } from '../src/index.js';

async function query(url: string, statement: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}

test('a clone has what its template has, and goes its own way', async () => {
  const template = await freshDatabase();
  await query(template.url, 'create table ships as select 1 as id');
  const clone = await freshDatabase({ template: new URL(template.url).pathname.slice(1) });
  await query(clone.url, 'insert into ships values (2)');
  expect(await query(clone.url, 'select id from ships order by id')).toEqual([{ id: 1 }, { id: 2 }]);
  expect(await query(template.url, 'select id from ships')).toEqual([{ id: 1 }]);
  await clone.drop();
  await template.drop();
});

test('a database is dropped although somebody is still connected', async () => {
  const database = await freshDatabase();
  const client = new pg.Client({ connectionString: database.url });
  client.on('error', () => undefined);
  await client.connect();
  await database.drop();
  await expect(query(database.url, 'select 1')).rejects.toMatchObject({ code: '3D000' });
  await client.end().catch(() => undefined);
});
