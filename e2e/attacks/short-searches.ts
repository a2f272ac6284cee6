import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { fillFiles, type NameSearch } from '../../bench/fill-files.ts';
import type { Attack } from './attack.ts';
import { exchange, head, inLanes } from './exchange.ts';
import { Faults } from './faults.ts';

const files = { full: 300_000, short: 20_000 };
const clients = 40;
const searches = ['re', 'zq', 'pd', '%D0%BE%D1%82', 'a.', '__', '%25%25'];

export const shortSearches: Attack = {
  name: 'two-letter searches by 40 clients',
  holds: 'single reads of others wait less than a second; a search that is refused is told when to come again',
  seconds: { full: 20, short: 4 },
  readsWithinMs: 1000,
  async prepare({ databaseUrl, isShort }) {
    // From the build of metadata: the table's search columns are made by its code alone.
    const build = '../../services/metadata/dist/files/name-search.js';
    const { nameSearchOf } = (await import(build)) as { nameSearchOf: (name: string) => NameSearch };
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    try {
      await fillFiles(client, { count: isShort ? files.short : files.full, nameSearchOf });
    } finally {
      await client.end();
    }
  },
  async run(target, signal) {
    const faults = new Faults();
    await inLanes(clients, signal, async (index) => {
      const search = searches[index % searches.length];
      const answer = await exchange(target, head('GET', `/api/v1/files?q=${search}`, { Connection: 'close' }));
      const { status, text } = answer;
      const isRefused = (status === 503 || status === 429) && /\r\nretry-after: \d+\r\n/i.test(text);
      if (status !== 200 && !isRefused) faults.add(`a search was answered ${status}`);
      if (isRefused) await delay(100);
    });
    return faults.list();
  },
};
