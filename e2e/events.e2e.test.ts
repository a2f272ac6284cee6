import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { AssignOwner, findEvent } from '@wharf/contracts';
import { type Bus, callRpc } from '@wharf/messaging';
import { eventually, testBus } from '@wharf/test-kit';
import { bearer, createKey, type Login, register } from './accounts-client.ts';
import { type AccountsWharf, openAccountsWharf } from './accounts-wharf.ts';
import { problemOf } from './client.ts';
import { type EventSource, openEventSource } from './event-source.ts';
import { readOpenApi } from './openapi.ts';

let opened: AccountsWharf;
let url: string;
let elsewhere: string;
let ann: Login;
let bob: Login;
let operator: Bus;
const sources: EventSource[] = [];

beforeAll(async () => {
  opened = await openAccountsWharf(2);
  await opened.wharf.start('cloud-sync');
  [url, elsewhere] = opened.wharf.urls as [string, string];
  [ann, bob] = [await register(url), await register(url)];
  operator = testBus(opened.wharf.natsUrl);
  await operator.connected();
}, 120_000);

afterEach(() => {
  for (const source of sources.splice(0)) source.close();
});

afterAll(async () => {
  await operator?.drain();
  await opened?.wharf.close();
}, 60_000);

const as = ({ accessToken }: Login) => bearer(accessToken);
const eventsOf = (uid: string, base = url) => `${base}/api/v1/files/${uid}/events`;

async function upload(owner: Login, query = ''): Promise<string> {
  const answer = await fetch(`${url}/api/v1/files/stream?filename=a.txt${query}`, {
    method: 'POST',
    body: 'hello',
    headers: as(owner),
  });
  expect(answer.status).toBe(201);
  return ((await answer.json()) as { uid: string }).uid;
}

/** At the other gateway: events travel. */
async function change(owner: Login, uid: string, method: 'PATCH' | 'DELETE', body?: object): Promise<void> {
  const answer = await fetch(`${elsewhere}/api/v1/files/${uid}`, {
    method,
    headers: { ...as(owner), 'Content-Type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  expect(answer.ok).toBe(true);
}

async function open(address: string, who: Login, headers: Record<string, string> = {}): Promise<EventSource> {
  const source = await openEventSource(address, { ...as(who), ...headers });
  sources.push(source);
  return source;
}

const typesOf = ({ events }: Pick<EventSource, 'events'>) => events.map(({ type }) => type);

describe('the timeline of a file', () => {
  test('tells its whole life, in the shapes of the document', async () => {
    const uid = await upload(ann);
    await eventually(async () => {
      const { status } = (await (await fetch(`${url}/api/v1/files/${uid}/metadata`, { headers: as(ann) })).json()) as {
        status: string;
      };
      expect(status).toBe('synced');
    });
    await change(ann, uid, 'PATCH', { original_name: 'b.txt' });
    await change(ann, uid, 'DELETE');
    const answer = await fetch(eventsOf(uid), { headers: as(ann) });
    expect(answer.headers.get('Vary')).toContain('Accept');
    const api = readOpenApi(JSON.parse(await (await fetch(`${url}/openapi.json`)).text()));
    const operation = api.operations.find(({ operationId }) => operationId === 'getTimeline');
    expect(operation && (await api.complaints(operation, answer.clone()))).toEqual([]);
    const { events } = (await answer.json()) as Pick<EventSource, 'events'>;
    expect(typesOf({ events })).toEqual(['file.stored', 'file.synced', 'file.updated', 'file.deleted']);
    for (const event of events) expect(findEvent(event.type)?.envelope.parse(event)).toMatchObject({ subject: uid });
    expect(events[0]?.data).toMatchObject({ original_name: 'a.txt', owner_id: ann.user.id });
  });

  test.each([
    ['another user', () => as(bob), 404, 'file_not_found'],
    ['nobody', () => ({}), 401, 'unauthenticated'],
  ])('is not for %s, although the file is public', async (_who, headers, status, code) => {
    const uid = await upload(ann, '&visibility=public');
    for (const accept of ['application/json', 'text/event-stream']) {
      const answer = await fetch(eventsOf(uid), { headers: { ...headers(), Accept: accept } });
      expect(await problemOf(answer)).toMatchObject({ status, code });
    }
  });

  test('is not for a key that may not read', async () => {
    const uid = await upload(ann);
    const { key } = await createKey(url, ann, { scopes: ['files:create', 'files:write'] });
    expect(await problemOf(await fetch(eventsOf(uid), { headers: bearer(key) }))).toMatchObject({ code: 'forbidden' });
  });

  test('comes as JSON or as a stream, and as nothing else', async () => {
    const uid = await upload(ann);
    const answer = await fetch(eventsOf(uid), { headers: { ...as(ann), Accept: 'text/html' } });
    expect(await problemOf(answer)).toMatchObject({ status: 406, code: 'not_acceptable' });
    const head = await fetch(eventsOf(uid), { method: 'HEAD', headers: { ...as(ann), Accept: 'text/event-stream' } });
    expect(head.status).toBe(200);
  });
});

describe('a stream of a file', () => {
  test('tells what was, and then what happens, once each, and ends with the file', async () => {
    const uid = await upload(ann);
    const source = await open(eventsOf(uid), ann);
    expect(source.answer.headers.get('Content-Type')).toBe('text/event-stream; charset=utf-8');
    expect(source.answer.headers.get('Cache-Control')).toBe('no-store');
    await eventually(() => expect(typesOf(source)).toEqual(expect.arrayContaining(['file.stored', 'file.synced'])));
    await change(ann, uid, 'PATCH', { original_name: 'b.txt' });
    await eventually(() => expect(typesOf(source)).toContain('file.updated'));
    expect(source.isEnded()).toBe(false);
    await change(ann, uid, 'DELETE');
    await eventually(() => expect(source.isEnded()).toBe(true));
    expect(typesOf(source)).toEqual(['file.stored', 'file.synced', 'file.updated', 'file.deleted']);
    expect(source.ids).toEqual(source.events.map(({ id }) => id));
    const timeline = (await (await fetch(eventsOf(uid), { headers: as(ann) })).json()) as Pick<EventSource, 'events'>;
    expect(source.events).toEqual(timeline.events);

    // A browser asks again, until it is told that nothing comes any more.
    const again = await open(eventsOf(uid, elsewhere), ann, { 'Last-Event-ID': source.ids.at(-1) as string });
    expect(again.answer.status).toBe(204);
    const late = await open(eventsOf(uid, elsewhere), ann);
    await eventually(() => expect(late.isEnded()).toBe(true));
    expect(late.events).toEqual(timeline.events);
  });

  test('goes on from the last event that its client has, at any gateway', async () => {
    const uid = await upload(ann);
    await change(ann, uid, 'PATCH', { original_name: 'b.txt' });
    const first = await open(eventsOf(uid), ann);
    await eventually(() => expect(typesOf(first)).toContain('file.updated'));
    const updated = first.events.find(({ type }) => type === 'file.updated')?.id as string;
    first.close();
    await change(ann, uid, 'PATCH', { original_name: 'c.txt' });
    const next = await open(eventsOf(uid, elsewhere), ann, { 'Last-Event-ID': updated });
    await change(ann, uid, 'PATCH', { original_name: 'd.txt' });
    const names = () =>
      next.events.flatMap(({ data, type }) =>
        type === 'file.updated' ? (data.changes as { original_name: string }).original_name : [],
      );
    await eventually(() => expect(names()).toEqual(['c.txt', 'd.txt']));
    expect(typesOf(next)).not.toContain('file.stored');
  });

  test('ends for who is its owner no more, before that is told', async () => {
    const uid = await upload(ann);
    const source = await open(eventsOf(uid), ann);
    await eventually(() => expect(source.events.length).toBeGreaterThan(0));
    await callRpc(operator, AssignOwner, { owner_id: bob.user.id, uids: [uid], after: null, limit: 1 });
    await eventually(() => expect(source.isEnded()).toBe(true));
    expect(typesOf(source)).not.toContain('file.updated');
    expect((await open(eventsOf(uid), ann)).answer.status).toBe(404);
    expect((await open(eventsOf(uid), bob)).answer.status).toBe(200);
  });
});

describe('a stream of all files', () => {
  test('tells each of its own files and nothing of others, and admins all', async () => {
    const older = { ann: await upload(ann), bob: await upload(bob) };
    const [ofAnn, ofBob, ofAdmin] = await Promise.all(
      [ann, bob, opened.admin].map((who) => open(`${elsewhere}/api/v1/events`, who)),
    );
    const uids = { ann: await upload(ann), bob: await upload(bob) };
    // Of files from before the stream nobody has told whose they are.
    await change(ann, older.ann, 'DELETE');
    await change(bob, older.bob, 'DELETE');
    const heard = (source: EventSource | undefined, uid: string) =>
      source?.events.filter(({ subject }) => subject === uid).map(({ type }) => type) ?? [];
    await eventually(() => {
      expect(heard(ofAnn, uids.ann)).toEqual(['file.stored', 'file.synced']);
      expect(heard(ofBob, uids.bob)).toEqual(['file.stored', 'file.synced']);
      expect(heard(ofAnn, older.ann)).toContain('file.deleted');
      expect(heard(ofBob, older.bob)).toContain('file.deleted');
      for (const uid of [uids.ann, uids.bob]) expect(heard(ofAdmin, uid)).toEqual(['file.stored', 'file.synced']);
    });
    const subjects = (source: EventSource | undefined) => new Set(source?.events.map(({ subject }) => subject));
    for (const uid of [uids.bob, older.bob]) expect(subjects(ofAnn)).not.toContain(uid);
    for (const uid of [uids.ann, older.ann]) expect(subjects(ofBob)).not.toContain(uid);
  });

  test('is for those who may read files', async () => {
    expect((await openEventSource(`${url}/api/v1/events`)).answer.status).toBe(401);
    const answer = await fetch(`${url}/api/v1/events`, { headers: { ...as(ann), Accept: 'application/json' } });
    expect(await problemOf(answer)).toMatchObject({ code: 'not_acceptable' });
  });
});

test('streams end when their gateway stops, and hold nothing up', async () => {
  const uid = await upload(ann);
  const gateway = await opened.wharf.start('gateway');
  await eventually(async () =>
    expect((await fetch(`${gateway.url}/api/v1/files`, { headers: as(ann) })).status).toBe(200),
  );
  const source = await open(eventsOf(uid, gateway.url), ann);
  const ofAll = await open(`${gateway.url}/api/v1/events`, ann);
  await eventually(() => expect(source.events.length).toBeGreaterThan(0));
  await gateway.close();
  await eventually(() => expect([source.isEnded(), ofAll.isEnded()]).toEqual([true, true]));
});
