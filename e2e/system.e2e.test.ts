import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  type AuditDetail,
  type AuditPage,
  type Caller,
  type DeadLetterPage,
  StartAudit,
  type StartedAudit,
  SystemReport,
} from '@wharf/contracts';
import { Bus, callRpc, natsAccess } from '@wharf/messaging';
import { createLogger, loadConfig, natsSettings } from '@wharf/service-kit';
import { eventually, newUid } from '@wharf/test-kit';
import { connect, headers } from 'nats';
import { asBusUser, clientOptions } from '../scripts/servers/test-nats.ts';
import { type Client, clientOf, problemOf, uploaded } from './client.ts';
import { type OpenApi, readOpenApi } from './openapi.ts';
import { openWharf, startAll, type Wharf } from './wharf.ts';
import { localCopyOf } from './wharf-files.ts';

let wharf: Wharf;
let client: Client;
let api: OpenApi;

beforeAll(async () => {
  wharf = await openWharf({ AUDIT_GRACE: '0s' });
  await startAll(wharf);
  await wharf.start('metadata');
  client = clientOf(wharf.urls[0] as string);
  await eventually(async () => {
    expect(await (await fetch(`${client.url}/health/ready`)).json()).toMatchObject({ status: 'ok' });
  });
  api = readOpenApi(JSON.parse(await (await fetch(`${client.url}/openapi.json`)).text()));
}, 120_000);

afterAll(() => wharf?.close(), 60_000);

/** An answer that the document describes. */
async function ask(operationId: string, path: string, body?: object): Promise<Response> {
  const operation = api.operations.find((each) => each.operationId === operationId);
  if (!operation) throw new Error(`${operationId} is not documented`);
  const answer = await fetch(`${client.api}/${path}`, {
    method: operation.method.toUpperCase(),
    ...(body && { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }),
  });
  expect(await api.complaints(operation, answer.clone())).toEqual([]);
  return answer;
}

describe('the system', () => {
  test('shows every service with its replicas and checks, the backlog, the volume and the files', async () => {
    const { uid } = await uploaded(client.uploadForm(Buffer.from('hello')));
    await client.expectStatus(uid, 'synced');
    const report = SystemReport.parse(await (await ask('getSystem', 'system')).json());
    expect(report.services.map(({ name, replicas, status }) => [name, replicas, status])).toEqual([
      ['gateway', 1, 'ok'],
      ['metadata', 2, 'ok'],
      ['cloud-sync', 1, 'ok'],
      ['janitor', 1, 'ok'],
    ]);
    expect(report.services[1]?.checks).toMatchObject({ postgres: { status: 'ok' }, nats: { status: 'ok' } });
    expect(report.consumers.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['metadata-file_stored', 'cloud-sync-file_stored', 'janitor-file_deleted']),
    );
    expect(report.files.by_status.synced?.count).toBeGreaterThan(0);
    const { free_bytes: free, reserve_bytes: reserve, total_bytes: total } = report.volume;
    expect(free).toBeGreaterThan(0);
    expect(total).toBeGreaterThanOrEqual(free);
    expect(reserve).toBeGreaterThan(0);
    expect(report.dead_letters).toBe(0);
  });

  test('shows a service that is away as away', async () => {
    await wharf.stop('cloud-sync');
    const away = SystemReport.parse(await (await ask('getSystem', 'system')).json());
    expect(away.services.find(({ name }) => name === 'cloud-sync')).toEqual({
      name: 'cloud-sync',
      status: 'unavailable',
      replicas: 0,
    });
    await wharf.start('cloud-sync');
  });
});

describe('dead letters', () => {
  const list = async (query = ''): Promise<DeadLetterPage> =>
    (await (await ask('listDeadLetters', `dead-letters${query}`)).json()) as DeadLetterPage;

  test('are listed, given back and removed', async () => {
    const uids = [newUid(), newUid()] as const;
    const connection = await connect(clientOptions(wharf.natsUrl));
    for (const uid of uids) {
      const about = headers();
      about.set('ce-subject', uid);
      await connection.jetstream().publish('file.purged', JSON.stringify({ uid }), { headers: about });
    }
    await connection.close();
    const letters = await eventually(async () => {
      const { dead_letters } = await list();
      expect(dead_letters.map(({ uid }) => uid).sort()).toEqual([...uids].sort());
      return dead_letters;
    });
    const [first, second] = letters as [(typeof letters)[0], (typeof letters)[0]];
    expect(first).toMatchObject({ service: 'metadata', subject: 'file.purged', code: 'invalid_request', attempts: 1 });
    const page = await list('?limit=1');
    expect(page).toEqual({ dead_letters: [first], next_cursor: String(first.seq) });
    expect(await list(`?cursor=${page.next_cursor}`)).toEqual({ dead_letters: [second], next_cursor: null });

    expect((await ask('replayDeadLetter', `dead-letters/${first.seq}/replay`)).status).toBe(202);
    // It is no better than before, so it comes back as a new one.
    await eventually(async () => {
      const uidsLeft = (await list(`?cursor=${second.seq}`)).dead_letters.map(({ uid }) => uid);
      expect(uidsLeft).toEqual([first.uid]);
    });
    for (const { seq } of (await list()).dead_letters) {
      expect((await ask('dropDeadLetter', `dead-letters/${seq}`)).status).toBe(204);
      expect((await ask('dropDeadLetter', `dead-letters/${seq}`)).status).toBe(204);
    }
    expect(await list()).toEqual({ dead_letters: [], next_cursor: null });
  });

  test.each([
    ['replayDeadLetter', 'dead-letters/4000000/replay', 404, 'dead_letter_not_found'],
    ['replayDeadLetter', 'dead-letters/x/replay', 404, 'dead_letter_not_found'],
    ['dropDeadLetter', 'dead-letters/-1', 404, 'dead_letter_not_found'],
    ['listDeadLetters', 'dead-letters?cursor=x', 400, 'invalid_request'],
    ['listDeadLetters', 'dead-letters?limit=0', 400, 'invalid_request'],
    ['listDeadLetters', 'dead-letters?colour=red', 400, 'invalid_request'],
  ])('%s %s: %i %s', async (operationId, path, status, code) => {
    expect(await problemOf(await ask(operationId, path))).toMatchObject({ status, code });
  });
});

describe('audits', () => {
  test('one that is started is listed, has a report, and is shown with the system', async () => {
    const { uid } = await uploaded(client.uploadForm(Buffer.from('hello')));
    await client.expectStatus(uid, 'synced');
    const answer = await ask('startAudit', 'audits');
    expect(answer.status).toBe(202);
    const { id } = (await answer.json()) as StartedAudit;
    expect(answer.headers.get('Location')).toBe(`/api/v1/audits/${id}`);
    const detail = await eventually(async () => {
      const report = (await (await ask('getAudit', `audits/${id}`)).json()) as AuditDetail;
      expect(report.status).toBe('finished');
      return report;
    });
    expect(detail).toMatchObject({ id, repair: false, problems: [], next_cursor: null });
    expect(detail.examined).toBeGreaterThan(0);
    const { audits } = (await (await ask('listAudits', 'audits?limit=1')).json()) as AuditPage;
    const { entries: _, problems: _problems, next_cursor: _next, ...record } = detail;
    expect(audits).toEqual([record]);
    await eventually(async () => {
      const { audits: shown } = SystemReport.parse(await (await ask('getSystem', 'system')).json());
      expect(shown[0]).toMatchObject({ examined: detail.examined });
    });
  });

  test('what it found comes page by page', async () => {
    const uids = [];
    for (const text of ['a', 'b', 'c']) uids.push((await uploaded(client.uploadForm(Buffer.from(text)))).uid);
    for (const uid of uids) await client.expectStatus(uid, 'synced');
    for (const uid of uids) await rm(localCopyOf(wharf.volumeDir, uid));
    const { id } = (await (await ask('startAudit', 'audits', { full: true })).json()) as StartedAudit;
    await eventually(async () => {
      const report = (await (await ask('getAudit', `audits/${id}`)).json()) as AuditDetail;
      expect(report).toMatchObject({ status: 'finished', findings: { local_missing: 3 } });
    });
    const found: unknown[] = [];
    for (let cursor: string | null = '0'; cursor !== null; ) {
      const report: AuditDetail = (await (
        await ask('getAudit', `audits/${id}?limit=2&cursor=${cursor}`)
      ).json()) as AuditDetail;
      found.push(...report.entries.map((entry) => entry.uid));
      cursor = report.next_cursor;
    }
    expect(found.sort()).toEqual(uids.sort());
  });

  test('only one runs at a time', async () => {
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => fetch(`${client.api}/audits`, { method: 'POST' })),
    );
    const statuses = answers.map(({ status }) => status);
    expect(statuses).toContain(202);
    expect(statuses.every((status) => status === 202 || status === 409)).toBe(true);
  });

  test('the janitor starts none for who is no admin, whatever a gateway lets through', async () => {
    const url = asBusUser(wharf.natsUrl, 'gateway');
    const access = natsAccess(loadConfig(natsSettings, { NATS_URL: url }));
    const bus = Bus.open({ ...access, name: 'gateway', logger: createLogger('e2e', 'silent') });
    await bus.connected();
    const caller: Caller = { kind: 'user', id: 'ann', scopes: ['files:read', 'files:write', 'files:all'] };
    const started = callRpc(bus, StartAudit, { caller, full: false, repair: false });
    const refusal = await started.catch((error: unknown) => error);
    await bus.drain();
    expect(refusal).toMatchObject({ code: 'forbidden' });
  });

  test.each([
    ['getAudit', 'audits/none', 404, 'audit_not_found'],
    ['getAudit', 'audits/..%2Fjournal', 404, 'audit_not_found'],
    ['getAudit', 'audits/none?cursor=x', 400, 'invalid_request'],
    ['listAudits', 'audits?limit=500', 400, 'invalid_request'],
  ])('%s %s: %i %s', async (operationId, path, status, code) => {
    expect(await problemOf(await ask(operationId, path))).toMatchObject({ status, code });
  });

  test('an option that nobody knows is refused', async () => {
    expect(await problemOf(await ask('startAudit', 'audits', { colour: 'red' }))).toMatchObject({ status: 400 });
  });
});
