import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { CreateApiKey } from '@wharf/contracts';
import { isMigrated, loadDatabase, openDatabase, promptLimits, saveDatabase } from '@wharf/database';
import { callRpc } from '@wharf/messaging';
import { type FreshDatabase, freshDatabase } from '@wharf/test-kit';
import { accountsDatabase } from '../src/database.js';
import { codeOf, World } from './world.js';

let world: World;
let fresh: FreshDatabase;

beforeAll(async () => {
  world = await World.open();
  await world.start();
  fresh = await freshDatabase();
});

afterAll(async () => {
  await world.close();
  await fresh.drop();
});

async function* each(lines: string[]): AsyncGenerator<string> {
  for (const line of lines) yield line.trimEnd();
}

/** All rows of all tables as PostgreSQL writes them. */
async function contentOf(url: string): Promise<Record<string, string[]>> {
  const orm = openDatabase(accountsDatabase, { url, poolMax: 1, ...promptLimits });
  const tables = ['users', 'sessions', 'api_keys', 'signing_keys', 'login_tries', 'known_networks'];
  try {
    const em = orm.em.fork();
    const content: Record<string, string[]> = {};
    for (const name of tables) {
      const rows = await em.execute<{ text: string }[]>(`select t::text as text from accounts.${name} t order by 1`);
      content[name] = rows.map(({ text }) => text);
    }
    return content;
  } finally {
    await orm.close();
  }
}

test('users, sessions, keys and tries come back in an empty database, exactly', async () => {
  const { caller, user } = await world.loggedIn();
  await codeOf(world.logIn({ ...user, password: 'not it at all' }));
  const key = { key_id: 'abcdefghij012345', secret_hash: 'a'.repeat(64) };
  await callRpc(world.bus, CreateApiKey, { caller, ...key, name: 'key', scopes: ['files:read'], expires_at: null });
  expect(await isMigrated(accountsDatabase, world.database.url)).toBe(true);
  const lines: string[] = [];
  const saved = await saveDatabase(accountsDatabase, world.database.url, async (line) => void lines.push(line));
  expect(saved.rows).toMatchObject({ users: 1, sessions: 1, api_keys: 1, known_networks: 1 });

  expect(await isMigrated(accountsDatabase, fresh.url)).toBe(false);
  await loadDatabase(accountsDatabase, fresh.url, saved, each(lines));
  const content = await contentOf(fresh.url);
  expect(content).toEqual(await contentOf(world.database.url));
  for (const [name, rows] of Object.entries(content)) expect([name, rows.length]).not.toEqual([name, 0]);
});
