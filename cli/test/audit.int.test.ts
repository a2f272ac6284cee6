import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { eventually } from '@wharf/test-kit';
import { AuditWorld, type TestFile } from '../../services/janitor/test/audit-world.js';
import { wharf } from './wharf.js';

jest.setTimeout(120_000);

let world: AuditWorld;

beforeAll(async () => {
  world = await AuditWorld.open();
});
afterAll(() => world.close());

function audit(...words: string[]) {
  return wharf(world.environment, 'audit', '--grace', '0s', ...words);
}

/** What takes longer than two seconds tells how far it is. */
const progressAlone = expect.stringMatching(/^(\d+ looked at, .*\n)*$/);

test('an audit is told by a table and its exit code, repaired, and taken back by the name of its report', async () => {
  const [file, other] = (await world.syncedFiles(2)) as [TestFile, TestFile];
  expect(await audit()).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^6 looked at .*0 found/) });

  await world.store.remove(file.key);
  await world.plantFile(other.localPath, Buffer.from('other'));
  const found = await audit();
  expect(found).toMatchObject({ exitCode: 1, stderr: progressAlone });
  expect(found.stdout.split('\n').slice(0, 3)).toEqual([
    'CLASS           FOUND  REPAIRED  LEFT',
    'object_missing  1      0         1',
    'local_mismatch  1      0         1',
  ]);
  expect(found.stdout).toMatch(/\nreport: audits\/[\w-]+\.jsonl\nnothing was changed\n$/);

  const repaired = await audit('--repair', '--json');
  expect(repaired).toMatchObject({ exitCode: 0, stderr: progressAlone });
  const { report, ...outcome } = JSON.parse(repaired.stdout);
  const counts = { object_missing: 1, local_mismatch: 1 };
  expect(outcome).toMatchObject({ findings: counts, repaired: counts, left: 0, lost: 0, problems: [] });
  await eventually(async () => expect((await world.store.stat(file.key)).sha256).toBe(file.sha256));
  await world.untilStatus([other], 'archived');
  await world.untilQuiet();
  expect((await audit()).exitCode).toBe(0);

  expect(await audit('--undo', report)).toEqual({ exitCode: 0, stdout: '3 undone\n', stderr: '' });
  expect(await audit('--undo', report)).toMatchObject({ exitCode: 0, stdout: '0 undone, 3 were undone before\n' });
  expect((await audit()).exitCode).toBe(1);
});

test('bytes are read with --full', async () => {
  const [file] = (await world.syncedFiles(1)) as [TestFile];
  await world.plantFile(file.localPath, Buffer.from(file.bytes.map((byte) => byte ^ 1)));
  const environment = { ...world.environment, AUDIT_DIGEST_SAMPLE: '0' };
  const mismatches = async (...words: string[]) => {
    const { stdout } = await wharf(environment, 'audit', '--grace', '0s', '--json', ...words);
    return JSON.parse(stdout).findings.local_mismatch ?? 0;
  };
  expect((await mismatches('--full')) - (await mismatches())).toBe(1);
});

test('nothing younger than the grace is told', async () => {
  const { stdout } = await wharf(world.environment, 'audit', '--json');
  expect(JSON.parse(stdout)).toMatchObject({ findings: {} });
});

test('trouble is no finding', async () => {
  expect(await audit('--undo', 'no-such-run')).toMatchObject({
    exitCode: 2,
    stderr: 'wharf: there is no report no-such-run\n',
  });
  expect(await audit('--undo', 'a', '--repair')).toMatchObject({ exitCode: 2 });
  expect(await audit('--undo', 'audits/../x y')).toMatchObject({ exitCode: 2 });
  const away = { ...world.environment, S3_ENDPOINT_URL: 'http://127.0.0.1:1' };
  const outcome = await wharf(away, 'audit');
  expect(outcome).toMatchObject({
    exitCode: 2,
    stdout: '',
    stderr: expect.stringMatching(/object store cannot be reached/),
  });
  expect(await wharf({ NATS_URL: world.environment.NATS_URL ?? '' }, 'audit')).toMatchObject({ exitCode: 78 });
});
