import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { AuditCompleted, type EventOf, FileLost, FileStored, FilesStream, JanitorStream } from '@wharf/contracts';
import { type Bus, readEvent, readStream, withLease } from '@wharf/messaging';
import { loadConfig } from '@wharf/service-kit';
import { eventually, testLogger } from '@wharf/test-kit';
import { layout, readReport } from '@wharf/volume';
import { janitorSettings } from '../src/config.js';
import { startJanitor } from '../src/start.js';
import { AuditWorld, type TestFile } from './audit-world.js';

jest.setTimeout(120_000);

let world: AuditWorld;
const now = { graceMs: 0 };

beforeAll(async () => {
  world = await AuditWorld.open();
});
afterAll(() => world.close());

async function syncedFile(): Promise<TestFile> {
  const [file] = await world.syncedFiles(1);
  return file as TestFile;
}

async function eventsOf<Type extends typeof FileStored | typeof FileLost | typeof AuditCompleted>(
  bus: Bus,
  stream: string,
  definition: Type,
): Promise<EventOf<Type>[]> {
  const events: EventOf<Type>[] = [];
  for await (const message of readStream(bus, stream, { subject: definition.type })) {
    events.push(readEvent(definition.type, message.data) as EventOf<Type>);
  }
  return events;
}

test('an audit tells what it found in an event, whose id names the report', async () => {
  const file = await syncedFile();
  await world.store.remove(file.key);
  const { found, runId, tally } = await world.run(now);
  expect(found).toEqual([`object_missing ${file.key}`]);
  const event = (await eventsOf(world.bus, JanitorStream.name, AuditCompleted)).find(({ id }) => id === runId);
  expect(event).toMatchObject({
    subject: 'audit',
    data: { examined: tally.examined, findings: { object_missing: 1 }, repaired: 0 },
  });

  const before = (await eventsOf(world.bus, FilesStream.name, FileStored)).filter(
    ({ subject }) => subject === file.uid,
  );
  expect((await world.run({ ...now, isRepairing: true })).tally.repaired).toEqual({ object_missing: 1 });
  await eventually(async () => expect((await world.store.stat(file.key)).sha256).toBe(file.sha256));
  await world.untilQuiet();
  const after = (await eventsOf(world.bus, FilesStream.name, FileStored)).filter(({ subject }) => subject === file.uid);
  expect(after.map(({ data, id }) => ({ data, id }))).toEqual(
    [...before, ...before].map(({ data, id }) => ({ data, id })),
  );
});

test('a file without any good copy is announced as lost by a repair, and nothing of it is touched', async () => {
  const file = await syncedFile();
  await world.plantFile(file.localPath, Buffer.from('other'));
  await world.store.remove(file.key);
  const isOurs = (name: string) => name.endsWith(file.uid);
  const before = await world.snapshot(isOurs);
  const lost = async () =>
    (await eventsOf(world.bus, FilesStream.name, FileLost)).filter((event) => event.subject === file.uid);
  await world.run(now);
  expect(await lost()).toEqual([]);
  const { runId, tally } = await world.run({ ...now, isRepairing: true });
  expect(tally).toMatchObject({ lost: 1, repaired: {} });
  expect((await lost()).map(({ data }) => data)).toEqual([
    { uid: file.uid, expected: 'local', detail: expect.stringMatching(/bytes, not .*; object: missing/) },
  ]);
  expect(await world.snapshot(isOurs)).toEqual(before);
  expect(await world.undo(runId)).toEqual({ undone: 0, undoneBefore: 0, impossible: [] });
  await world.plantFile(file.localPath, file.bytes);
  await world.run({ ...now, isRepairing: true });
  await world.untilQuiet();
});

test('digests are read of the share that was asked for', async () => {
  const file = await syncedFile();
  await world.plantFile(file.localPath, Buffer.from(file.bytes.map((byte) => byte ^ 1)));
  expect((await world.run({ ...now, digestSample: 0 })).found).toEqual([]);
  expect((await world.run({ ...now, digestSample: 1 })).found).toEqual([`local_mismatch ${file.localPath}`]);
  await world.plantFile(file.localPath, file.bytes);
});

test('every action stands in the report before it is taken, with what undoing it needs', async () => {
  const file = await syncedFile();
  await world.plantFile(file.localPath, Buffer.from('short'));
  const { rows } = await world.query('select status, local_path, cloud_path from files where uid = $1', [file.uid]);
  const { report, runId } = await world.run({ ...now, isRepairing: true });
  const actions = [];
  for await (const entry of readReport(world.volume, runId)) if (entry.kind === 'action') actions.push(entry.action);
  const aside = layout.quarantined(runId, file.localPath);
  expect(actions).toEqual([
    { step: 'quarantine_local', from: file.localPath, to: aside },
    { step: 'announce_purged', uid: file.uid, places: expect.objectContaining(rows[0]) },
  ]);
  expect(await readFile(world.volume.resolve(aside), 'utf8')).toBe('short');
  expect(report).toBe(`audits/${runId}.jsonl`);
  await world.untilStatus([file], 'archived');
});

test('an undo takes no object away that is all there is of its file', async () => {
  const file = await syncedFile();
  await world.store.remove(file.key);
  const { runId } = await world.run({ ...now, isRepairing: true });
  await eventually(async () => expect((await world.store.stat(file.key)).sha256).toBe(file.sha256));
  await world.untilQuiet();
  await world.volume.remove(file.localPath);
  const { impossible, undone } = await world.undo(runId);
  expect(undone).toBe(0);
  expect(impossible).toEqual([expect.stringMatching(/announce_stored of .* all there is of it/)]);
  expect((await world.store.stat(file.key)).sha256).toBe(file.sha256);
  await world.purge(file);
  await world.untilStatus([file], 'archived');
});

test('an undo leaves a record alone that was deleted since, and says so', async () => {
  const file = await syncedFile();
  await world.volume.remove(file.localPath);
  const { runId } = await world.run({ ...now, isRepairing: true });
  await world.untilStatus([file], 'archived');
  await world.delete(file);
  expect((await world.undo(runId)).impossible).toEqual([expect.stringMatching(/deleted since/)]);
});

test('an unknown report is audit_not_found', async () => {
  await expect(world.undo('no-such-run')).rejects.toMatchObject({ code: 'audit_not_found' });
});

test('of two audits one runs', async () => {
  const lease = { bus: world.bus, name: 'audit', logger: testLogger };
  await withLease(lease, async () => {
    await expect(world.run(now)).rejects.toMatchObject({ code: 'conflict', message: 'another audit is running' });
    await expect(world.undo('any')).rejects.toMatchObject({ code: 'conflict' });
  });
});

test('by schedule an audit only reports unless it is told to repair, and its metrics tell what it left', async () => {
  const file = await syncedFile();
  await world.store.remove(file.key);
  const scheduled = async (overrides: Record<string, string>) => {
    const environment = {
      ...world.environmentOf('janitor'),
      AUDIT_SCHEDULE: '* * * * * *',
      AUDIT_GRACE: '0s',
      ...overrides,
    };
    return startJanitor(loadConfig(janitorSettings, environment), testLogger);
  };
  const metricsOf = async (url: string) => (await fetch(`${url}/metrics`)).text();
  const reporting = await scheduled({});
  try {
    await eventually(async () => {
      const text = await metricsOf(reporting.url);
      expect(text).toMatch(/wharf_janitor_audits_total\{.*outcome="completed".*\} [1-9]/);
      expect(text).toMatch(/wharf_janitor_audit_findings\{.*class="object_missing".*\} 1\n/);
      expect(text).toMatch(/wharf_janitor_audit_findings_left\{.*class="object_missing".*\} 1\n/);
      expect(text).toMatch(/wharf_janitor_audit_findings\{.*class="stuck".*\} 0\n/);
    });
  } finally {
    await reporting.close();
  }
  await expect(world.store.stat(file.key)).rejects.toMatchObject({ code: 'file_not_found' });

  const repairing = await scheduled({ AUDIT_REPAIR: 'true' });
  try {
    await eventually(async () => expect((await world.store.stat(file.key)).sha256).toBe(file.sha256));
    await eventually(async () => {
      expect(await metricsOf(repairing.url)).toMatch(
        /wharf_janitor_audit_findings_left\{.*class="object_missing".*\} 0\n/,
      );
    });
  } finally {
    await repairing.close();
  }
});

test('what cannot be judged is said, and the rest is judged', async () => {
  const [strange, file] = (await world.syncedFiles(2)) as [TestFile, TestFile];
  await world.query('update files set cloud_path = $1 where uid = $2', [`elsewhere/${strange.key}`, strange.uid]);
  await world.store.remove(file.key);
  const { found, tally } = await world.run(now);
  expect(found).toContain(`object_missing ${file.key}`);
  expect(tally.problems).toEqual([expect.stringMatching(`${strange.uid} cannot be judged: .* is not in S3`)]);
  await world.query('update files set cloud_path = $1 where uid = $2', [world.store.pathOf(strange.key), strange.uid]);
});

test('with a database that has no record, what was announced is recorded again, and nothing is set aside', async () => {
  const [file] = (await world.syncedFiles(1)) as [TestFile];
  const unknown = await world.writeFile();
  // Older than the window within which NATS takes no news twice: the copy that is found again is announced again.
  await world.untilOld();
  await world.query('delete from files');
  const { runId, tally } = await world.run({ ...now, isRepairing: true });
  expect(tally.problems).toEqual([expect.stringMatching(`${unknown.localPath} is not repaired: .*no record at all`)]);
  expect(await world.localDigest(unknown.localPath)).toBe(unknown.sha256);
  await world.untilStatus([file], 'synced');
  for await (const entry of readReport(world.volume, runId)) {
    if (entry.kind === 'action') expect(entry.action.step).toMatch(/^announce_/);
  }
});
