import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { ObjectStore } from '@wharf/object-store';
import { eventually } from '@wharf/test-kit';
import { World } from './world.js';

let world: World;
let store: ObjectStore;

beforeAll(async () => {
  world = await World.open();
  store = await world.openStore();
  await store.prepare();
}, 30_000);
afterEach(() => world.reset());
afterAll(async () => {
  await store.close();
  await world.close();
});

test('of two janitors one sweeps at a time, and a tick during a sweep is skipped', async () => {
  let running = 0;
  let mostAtOnce = 0;
  world.playMetadata([], {
    beforeAnswer: async () => {
      running++;
      mostAtOnce = Math.max(mostAtOnce, running);
      await delay(2500);
      running--;
    },
  });
  await world.start();
  await world.start();

  await eventually(async () => expect((await world.sweeps('purge')).length).toBeGreaterThanOrEqual(2), {
    timeoutMs: 30_000,
  });
  expect(mostAtOnce).toBe(1);
  const sweeps = (await world.sweeps('purge')).sort((a, b) => a.started_at.localeCompare(b.started_at));
  for (const [index, sweep] of sweeps.slice(1).entries()) {
    expect(sweep.started_at >= (sweeps[index]?.finished_at ?? '')).toBe(true);
  }
}, 60_000);

test('a janitor that is stopped in the middle of a sweep ends it early and leaves the lease to the next', async () => {
  const files = [];
  for (let count = 0; count < 12; count++) files.push(await world.syncedFile(randomBytes(1000), store));
  let isAsked = false;
  world.playMetadata(files, {
    beforeAnswer: async () => {
      isAsked = true;
      await delay(1000);
    },
  });
  const first = await world.start();
  await eventually(() => expect(isAsked).toBe(true));
  await first.close();

  const report = (await world.sweeps('purge')).at(-1);
  expect(report).toMatchObject({ acted: 0, errors: ['stopped: unavailable: the janitor stops, or lost its lease'] });
  for (const file of files) expect(await world.volume.sizeOf(file.local_path)).toBe(1000);

  // Sooner than the lease would run out by itself.
  await world.start();
  await eventually(async () => expect((await world.sweeps('purge')).some((sweep) => sweep.acted === 12)).toBe(true), {
    timeoutMs: 10_000,
  });
}, 60_000);

test('without NATS nothing is swept, and a janitor sweeps again when it is back', async () => {
  const running = await world.start();
  world.playMetadata([]);
  await world.nextSweep('purge');
  const before = (await world.sweeps('purge')).length;
  await world.stopNats();
  await eventually(async () => expect((await fetch(`${running.url}/health/ready`)).status).toBe(503));

  await world.restartNats();
  await world.nextSweep('purge');
  expect((await world.sweeps('purge')).length).toBeGreaterThan(before);
}, 60_000);
