import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import { ExpireDue, type RpcReply } from '@wharf/contracts';
import { eventually } from '@wharf/test-kit';
import { World } from './world.js';

jest.setTimeout(60_000);

type Batch = RpcReply<typeof ExpireDue>;

const nothing: Batch = { expired: 0, exhausted: 0, forgotten: 0, has_more: false };
const often = { EXPIRE_SCHEDULE: '* * * * * *', PURGE_SCHEDULE: '0 0 1 1 *' };
let world: World;

beforeAll(async () => {
  world = await World.open();
});
afterEach(() => world.reset());
afterAll(() => world.close());

test('batches are asked for until metadata has no more, and the report sums them up', async () => {
  const batches: Batch[] = [
    { expired: 150, exhausted: 50, forgotten: 0, has_more: true },
    { expired: 1, exhausted: 0, forgotten: 3, has_more: false },
  ];
  world.answer(ExpireDue, () => batches.shift() ?? nothing);
  await world.start(often);
  const report = await world.nextSweep('expire');
  expect(report).toMatchObject({ examined: 204, acted: 204, errors: [] });
  expect(batches).toEqual([]);
});

test('a round that found nothing is not reported', async () => {
  let rounds = 0;
  world.answer(ExpireDue, () => {
    rounds++;
    return nothing;
  });
  const before = (await world.sweeps('expire')).length;
  await world.start(often);
  await eventually(() => expect(rounds).toBeGreaterThan(2), { timeoutMs: 20_000 });
  expect((await world.sweeps('expire')).length).toBe(before);
});

test('without metadata a round stops and says so; the next one goes on', async () => {
  await world.start(often);
  const stopped = await world.nextSweep('expire');
  expect(stopped.errors[0]).toMatch(/^stopped: unavailable/);
  world.answer(ExpireDue, () => ({ ...nothing, expired: 2 }));
  await eventually(async () => expect((await world.nextSweep('expire')).acted).toBe(2), { timeoutMs: 20_000 });
});
