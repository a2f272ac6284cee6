import { newUid } from '@wharf/test-kit';
import type { Attack } from './attack.ts';
import { complaintOf, exchange, head, inLanes } from './exchange.ts';
import { Faults } from './faults.ts';

const keys = 7250;
const queries = ['a&'.repeat(keys), 'q=&'.repeat(keys / 2), '&'.repeat(keys), 'a[]&'.repeat(keys / 2)];
const paths = [
  ['GET', '/api/v1/files'],
  ['GET', `/api/v1/files/${newUid()}`],
  ['POST', '/api/v1/files/stream'],
  ['GET', '/health/live'],
] as const;

export const queryKeys: Attack = {
  name: 'a query with 7,250 keys',
  holds: 'four connections cost nobody else any time',
  seconds: { full: 10, short: 2 },
  async run(target, signal) {
    const faults = new Faults();
    await inLanes(4, signal, async (index) => {
      const [method, path] = paths[index % paths.length] as (typeof paths)[number];
      const query = queries[Math.floor(index / paths.length) % queries.length];
      const answer = await exchange(
        target,
        head(method, `${path}?${query}`, { Connection: 'close', 'Content-Length': 0 }),
      );
      const complaint = complaintOf(`${method} ${path}`, answer);
      if (complaint) faults.add(complaint);
    });
    return faults.list();
  },
};
