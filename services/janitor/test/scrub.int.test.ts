import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import { loadConfig, type Running } from '@wharf/service-kit';
import { eventually, testLogger } from '@wharf/test-kit';
import { janitorSettings } from '../src/config.js';
import { startJanitor } from '../src/start.js';
import { AuditWorld, type TestFile } from './audit-world.js';

jest.setTimeout(120_000);

let world: AuditWorld;
let files: TestFile[];
const running: Running[] = [];

const fileBytes = 1000;
/** Of both copies. */
const copiesBytes = 2 * fileBytes;

beforeAll(async () => {
  world = await AuditWorld.open();
  files = await Promise.all(Array.from({ length: 10 }, () => world.writeFile(randomBytes(fileBytes))));
  for (const file of files) await world.announce(file);
  await world.untilStatus(files, 'synced');
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((each) => each.close()));
});
afterAll(() => world?.close());

async function startScrubbing(overrides: Record<string, string>): Promise<Running> {
  const environment = {
    ...world.environmentOf('janitor'),
    SCRUB_SCHEDULE: '* * * * * *',
    AUDIT_GRACE: '0s',
    ...overrides,
  };
  const janitor = await startJanitor(loadConfig(janitorSettings, environment), testLogger);
  running.push(janitor);
  return janitor;
}

async function metric({ url }: Running, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^wharf_janitor_${name}(?:{[^}]*})? (\\S+)$`, 'm').exec(text)?.[1] ?? 0);
}

const read = (janitor: Running) => metric(janitor, 'scrub_read_bytes_total');
/** Runs that ended, with whatever outcome. */
const runs = (janitor: Running) => metric(janitor, 'sweeps_total');

test('replicas read together what a day permits, and no file twice', async () => {
  const janitors = [
    await startScrubbing({ SCRUB_BYTES_PER_DAY: '5000' }),
    await startScrubbing({ SCRUB_BYTES_PER_DAY: '5000' }),
  ];
  const all = async () => (await Promise.all(janitors.map(read))).reduce((sum, bytes) => sum + bytes, 0);
  // The third file begins within what is left.
  await eventually(async () => expect(await all()).toBe(3 * copiesBytes));
  const before = await Promise.all(janitors.map(runs));
  await eventually(async () => {
    const after = await Promise.all(janitors.map(runs));
    expect(after.reduce((a, b) => a + b)).toBeGreaterThan(before.reduce((a, b) => a + b) + 1);
  });
  expect(await all()).toBe(3 * copiesBytes);
});

test('a janitor goes on where another has ended', async () => {
  const next = await startScrubbing({ SCRUB_BYTES_PER_DAY: String(3 * copiesBytes + 9000) });
  await eventually(async () => expect(await read(next)).toBe(5 * copiesBytes));
  expect(await metric(next, 'scrub_pass_finished_seconds')).toBe(0);
  await next.close();
  running.splice(0);
  const last = await startScrubbing({ SCRUB_BYTES_PER_DAY: String(9 * copiesBytes) });
  await eventually(async () => expect(await read(last)).toBe(copiesBytes));
});

test('behind the last file it begins with the first again', async () => {
  const janitor = await startScrubbing({});
  await eventually(async () => expect(await read(janitor)).toBeGreaterThanOrEqual(11 * copiesBytes));
  expect(await metric(janitor, 'scrub_pass_finished_seconds')).toBeGreaterThan(Date.now() / 1000 - 60);
});

test('what is younger than the grace is not read', async () => {
  const janitor = await startScrubbing({ AUDIT_GRACE: '1h' });
  await eventually(async () => expect(await metric(janitor, 'scrub_pass_finished_seconds')).toBeGreaterThan(0));
  expect(await read(janitor)).toBe(0);
});

test('a repair, and the withholding of a lost file, can be undone by their reports', async () => {
  const [repaired, lost] = files as [TestFile, TestFile];
  const flipped = (file: TestFile) => {
    const bytes = Buffer.from(file.bytes);
    bytes.writeUInt8(bytes.readUInt8(7) ^ 1, 7);
    return bytes;
  };
  await world.plantFile(repaired.localPath, flipped(repaired));
  await world.plantFile(lost.localPath, flipped(lost));
  await world.plantObject(lost.key, flipped(lost), lost);
  await startScrubbing({});
  await world.untilStatus([repaired], 'archived');
  await eventually(async () => expect(await world.volume.sizeOf(lost.localPath)).toBeUndefined());
  await eventually(async () => {
    await expect(world.store.stat(lost.key)).rejects.toMatchObject({ code: 'file_not_found' });
  });
  await Promise.all(running.splice(0).map((each) => each.close()));
  // More than one where metadata took longer to hear of the repair than the next run to begin.
  const reports = (await world.reports()).sort().reverse();
  for (const report of reports) expect(await world.undo(report)).toMatchObject({ impossible: [] });
  await world.untilStatus([repaired, lost], 'synced');
  for (const file of [repaired, lost]) expect(await world.volume.sizeOf(file.localPath)).toBe(fileBytes);
  expect((await world.store.stat(lost.key)).sha256).toBe(lost.sha256);
});
