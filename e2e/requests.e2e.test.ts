import { once } from 'node:events';
import http from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { EventOf, FilePage, FileRequest, FileStored, RequestView } from '@wharf/contracts';
import { eventually } from '@wharf/test-kit';
import { Upload } from 'tus-js-client';
import { bearer, changeUser, type Login, register, sendJson } from './accounts-client.ts';
import { type AccountsWharf, openAccountsWharf } from './accounts-wharf.ts';
import { sha256 } from './client.ts';
import { listenToEvents } from './events.ts';
import { startGatewayProcess } from './gateway-process.ts';
import { Ledger } from './quotas/ledger.ts';
import {
  type Asked,
  ask,
  type File,
  piece,
  programOf,
  type Sent,
  showing,
  textOf,
  tus,
  ways,
} from './requests/ways.ts';

jest.setTimeout(120_000);

let opened: AccountsWharf;
let urls: readonly [string, string];
let events: Awaited<ReturnType<typeof listenToEvents>>;
let ledger: Ledger;
let owner: Login;

beforeAll(async () => {
  opened = await openAccountsWharf(2, { MAX_FILE_SIZE: '100000' });
  urls = opened.wharf.urls as unknown as [string, string];
  events = await listenToEvents(opened.wharf.natsUrl, 'file.stored');
  ledger = await Ledger.open(opened.wharf.environment.DATABASE_URL as string);
});

afterAll(async () => {
  await ledger?.close();
  await events?.close();
  await opened?.wharf.close();
});

beforeEach(async () => {
  owner = await register(urls[0]);
});

let turn = 0;
/** Of two gateways one, in turns. */
const url = () => urls[turn++ % 2] as string;
const asking = (changes: object = {}) => ask(url(), owner, changes);
const asOwner = (path: string, init: RequestInit = {}) =>
  fetch(`${url()}/api/v1${path}`, { ...init, headers: { ...init.headers, ...bearer(owner.accessToken) } });
const change = async ({ id }: Asked, changes: object) => {
  const headers = bearer(owner.accessToken);
  const answer = await sendJson(`${url()}/api/v1/requests/${id}`, changes, { method: 'PATCH', headers });
  return (await answer.json()) as FileRequest;
};
const read = async ({ id }: Asked) => (await (await asOwner(`/requests/${id}`)).json()) as FileRequest;
const deliver = (
  way: string,
  { token }: Pick<Asked, 'token'>,
  file: File,
  headers: Record<string, string> = {},
): Promise<Sent> => (ways[way] as NonNullable<(typeof ways)[string]>)(url(), { ...showing(token), ...headers }, file);
const view = (token: string, headers: Record<string, string> = {}) =>
  fetch(`${url()}/r/${token}`, { headers: { Accept: 'application/json', ...headers } });

async function begin({ token }: Asked, length: number): Promise<string> {
  const headers = { ...showing(token), ...tus, 'Upload-Length': String(length) };
  const answer = await fetch(`${url()}/api/v1/uploads`, { method: 'POST', headers });
  expect(answer.status).toBe(201);
  return `/api/v1/uploads/${answer.headers.get('Location')?.split('/').at(-1)}`;
}

/** The status, and the code of the problem. */
async function outcome(answer: Promise<Response>): Promise<string> {
  const { headers, status } = await answer;
  const isProblem = headers.get('Content-Type')?.startsWith('application/problem+json');
  const body = await (await answer).text();
  return isProblem && body !== '' ? `${status} ${(JSON.parse(body) as { code: string }).code}` : String(status);
}

describe.each(Object.keys(ways))('by %s', (way) => {
  test('three files are taken; the fourth, one too large, one of another type, and one without a token are not', async () => {
    const request = await asking({ allowed_types: ['text/plain', 'image/*'] });
    expect(await deliver(way, request, textOf(10_001))).toEqual({ status: 413, code: 'file_too_large' });
    expect(await deliver(way, request, programOf(100))).toEqual({ status: 415, code: 'content_type_not_allowed' });
    const pretending = { ...programOf(6000), name: 'a.png', type: 'image/png' };
    Buffer.from('%PDF-1.7\n').copy(pretending.bytes);
    expect(await deliver(way, request, pretending)).toEqual({ status: 415, code: 'content_type_not_allowed' });
    const files = [10_000, 10_000, 5000].map(textOf);
    for (const file of files) {
      const { receipt, status } = await deliver(way, request, file);
      expect(status).toBe(201);
      const told = { original_name: 'a.txt', size_bytes: file.bytes.length, sha256: sha256(file.bytes) };
      if (way !== 'tus') expect(receipt).toEqual({ uid: expect.any(String), ...told });
    }
    expect(await deliver(way, request, textOf(1))).toEqual({ status: 507, code: 'request_full' });
    expect(await deliver(way, { token: 'A'.repeat(43) }, textOf(1))).toEqual({
      status: 404,
      code: 'request_not_found',
    });
    expect(await read(request)).toMatchObject({ status: 'full', file_count: 3, bytes: 25_000, url: null });

    const { files: came } = (await (await asOwner(`/files?request_id=${request.id}`)).json()) as FilePage;
    expect(came.map((file) => file.size_bytes).toSorted()).toEqual([10_000, 10_000, 5000]);
    for (const { owner_id, request_id, uid } of came) {
      expect({ owner_id, request_id }).toEqual({ owner_id: owner.user.id, request_id: request.id });
      const [event] = await eventually(() => {
        const found = events.of('file.stored', uid);
        expect(found).toHaveLength(1);
        return found as EventOf<typeof FileStored>[];
      });
      expect(event?.data).toMatchObject({ request_id: request.id, owner_id: owner.user.id });
    }
  });

  test('of 20 deliverers at one moment, at two gateways, as many get in as there is room for', async () => {
    const request = await asking({ max_files: 5, max_bytes: 4000 });
    const sent = await Promise.all(Array.from({ length: 20 }, () => deliver(way, request, textOf(1000))));
    const refused = sent.filter(({ status }) => status !== 201);
    expect(new Set(refused.map(({ code }) => code))).toEqual(new Set(['request_full']));
    const { bytes, file_count } = await read(request);
    // What is reserved as it arrives may for a moment leave too little for everybody.
    if (way === 'chunked') expect(file_count).toBeLessThanOrEqual(4);
    else expect([sent.length - refused.length, file_count, bytes]).toEqual([4, 4, 4000]);
    const held = await ledger.query('select id from delivery_reservations where request_id = $1', [request.id]);
    expect(held).toEqual([]);
  });
});

test('what is refused is refused before its bytes: whoever waits to send them is not told to', async () => {
  const full = await asking({ max_files: 1 });
  await deliver('stream', full, textOf(1));
  const types = await asking({ allowed_types: ['image/png'] });
  const locked = await asking({ password: 'open sesame' });
  const cases: [number, Asked, Record<string, string>][] = [
    [507, full, {}],
    [413, types, { 'Content-Length': '10001', 'Content-Type': 'image/png' }],
    [415, types, { 'Content-Type': 'application/pdf' }],
    [401, locked, {}],
    [400, types, { 'Content-Type': 'image/png', path: '?visibility=public' }],
  ];
  for (const [status, { token }, { path = '', ...headers }] of cases) {
    const waiting = { Expect: '100-continue', 'Content-Length': '10', ...showing(token), ...headers };
    const sending = http.request(`${url()}/api/v1/files/stream${path}`, { method: 'POST', headers: waiting });
    const wasTold = jest.fn();
    sending.on('continue', wasTold).flushHeaders();
    const [answer] = (await once(sending, 'response')) as [http.IncomingMessage];
    expect([answer.statusCode, wasTold.mock.calls.length]).toEqual([status, 0]);
    sending.destroy();
  }
});

test('by tus-js-client, in pieces; what it sent only the token reaches until it is a file', async () => {
  const request = await asking();
  const { bytes } = textOf(9000);
  const address = await new Promise<string>((resolve, reject) => {
    const upload: Upload = new Upload(bytes as unknown as Blob, {
      endpoint: `${url()}/api/v1/uploads`,
      headers: showing(request.token),
      chunkSize: 4000,
      metadata: { filename: 'письмо.txt', filetype: 'text/plain' },
      storeFingerprintForResuming: false,
      onError: reject,
      onSuccess: () => resolve(upload.url as string),
    });
    upload.start();
  });
  const uid = address.split('/').at(-1);
  expect(await (await asOwner(`/files/${uid}/metadata`)).json()).toMatchObject({
    original_name: 'письмо.txt',
    size_bytes: 9000,
    request_id: request.id,
    sha256: sha256(bytes),
  });
});

test('an upload is its deliverer’s: neither another token, nor its owner, nor an admin meets it', async () => {
  const [request, another] = [await asking(), await asking()];
  const path = await begin(request, 6);
  const append = (headers: Record<string, string>) =>
    outcome(fetch(url() + path, { method: 'PATCH', headers: { ...headers, ...piece(0) }, body: 'hello!' }));
  const strangers = [showing(another.token), bearer(owner.accessToken), bearer(opened.admin.accessToken)];
  for (const headers of strangers) {
    expect(await append(headers)).toBe('404 file_not_found');
    for (const method of ['HEAD', 'DELETE'])
      expect((await fetch(url() + path, { method, headers: { ...headers, ...tus } })).status).toBe(404);
  }
  const concat = { 'Upload-Concat': `final;${path}`, ...tus, ...showing(request.token) };
  expect(await outcome(fetch(`${url()}/api/v1/uploads`, { method: 'POST', headers: concat }))).toBe(
    '400 invalid_request',
  );
  expect(await append(showing(request.token))).toBe('204');
  const uid = path.split('/').at(-1);
  for (const route of [`/files/${uid}`, `/files/${uid}/metadata`, '/files', `/requests/${request.id}`])
    expect(await outcome(fetch(`${url()}/api/v1${route}`, { headers: showing(request.token) }))).toBe('403 forbidden');
});

test('closing lets end what is on its way and takes nothing new; opened again, it goes on', async () => {
  const request = await asking();
  const path = await begin(request, 10);
  const headers = { ...showing(request.token), 'Content-Length': '6' };
  const sending = http.request(`${urls[0]}/api/v1/files/stream`, { method: 'POST', headers });
  sending.write('hel');
  await eventually(async () => {
    const held = await ledger.query('select id from delivery_reservations where request_id = $1', [request.id]);
    expect(held).toHaveLength(2);
  });
  expect((await asOwner(`/requests/${request.id}`, { method: 'DELETE' })).status).toBe(204);
  sending.end('lo!');
  const [answer] = (await once(sending, 'response')) as [http.IncomingMessage];
  expect(answer.statusCode).toBe(201);
  answer.resume();

  expect(await read(request)).toMatchObject({ status: 'closed', file_count: 1 });
  const append = () =>
    outcome(
      fetch(url() + path, { method: 'PATCH', headers: { ...showing(request.token), ...piece(0) }, body: '0123456789' }),
    );
  expect(await append()).toBe('410 request_closed');
  expect(await deliver('stream', request, textOf(1))).toEqual({ status: 410, code: 'request_closed' });
  const problem = await (await view(request.token)).json();
  // Logs have the same path.
  expect(problem).toMatchObject({ code: 'request_closed', instance: '/r/:token' });
  const look = await fetch(url() + path, { method: 'HEAD', headers: { ...showing(request.token), ...tus } });
  expect([look.status, look.headers.get('Upload-Offset')]).toEqual([200, '0']);
  expect(await change(request, { status: 'open' })).toMatchObject({ status: 'open', closed_at: null });
  expect(await append()).toBe('204');

  expect(await change(request, { expires_in: 1 })).toMatchObject({ status: 'open' });
  await eventually(async () => expect(await outcome(view(request.token))).toBe('410 request_expired'));
  expect(await deliver('form', request, textOf(1))).toEqual({ status: 410, code: 'request_expired' });
  expect(await change(request, { expires_in: 60, max_file_size: 11_000, title: 'More' })).toMatchObject({
    status: 'open',
  });
  expect(await deliver('form', request, textOf(10_500))).toMatchObject({ status: 201 });
});

test('what a gateway had on its way when it was killed is free again', async () => {
  const request = await asking({ max_files: 1 });
  const { environment } = opened.wharf;
  const gateway = await startGatewayProcess({ ...environment, PORT: '0' });
  const headers = { ...showing(request.token), 'Content-Length': '6' };
  const sending = http.request(`${gateway.url}/api/v1/files/stream`, { method: 'POST', headers });
  sending.on('error', () => undefined).write('hel');
  await eventually(async () => expect(await read(request)).toMatchObject({ status: 'full', file_count: 0 }));
  expect(await deliver('stream', request, textOf(1))).toEqual({ status: 507, code: 'request_full' });
  await gateway.process.kill('SIGKILL');
  await ledger.query("update delivery_reservations set lapses_at = now() - interval '1 second' where request_id = $1", [
    request.id,
  ]);
  expect(await deliver('stream', request, textOf(1))).toMatchObject({ status: 201 });
  expect(await read(request)).toMatchObject({ file_count: 1, bytes: 1 });
});

test('a password is shown by a header, or once: then a cookie shows it, at every gateway and for this request alone', async () => {
  const request = await asking({ password: 'öffne dich', message: 'Secret' });
  const locked = { title: null, message: null, has_password: true, is_unlocked: false, files_left: null };
  expect(await (await view(request.token)).json()).toMatchObject(locked);
  const wrong = { 'Wharf-Request-Password': 'sesame' };
  expect(await deliver('stream', request, textOf(1))).toEqual({ status: 401, code: 'password_required' });
  expect(await deliver('tus', request, textOf(2), wrong)).toEqual({ status: 401, code: 'password_required' });
  const right = { 'Wharf-Request-Password': Buffer.from('öffne dich').toString('latin1') };
  expect(await deliver('tus', request, textOf(2), right)).toMatchObject({ status: 201 });

  const unlock = (password: string) => sendJson(`${url()}/api/v1/requests/${request.token}/unlock`, { password });
  expect(await outcome(unlock('sesame'))).toBe('401 password_required');
  const [cookie = ''] = (await unlock('öffne dich')).headers.getSetCookie();
  expect(cookie).toMatch(/; httponly/i);
  const Cookie = cookie.split(';')[0] as string;
  const shown = (await (await view(request.token, { Cookie })).json()) as RequestView;
  expect(shown).toMatchObject({
    title: 'Papers',
    message: 'Secret',
    is_unlocked: true,
    files_left: 2,
    bytes_left: 24_998,
  });
  expect(await deliver('form', request, textOf(1), { Cookie })).toMatchObject({ status: 201 });
  const another = await asking({ password: 'öffne dich' });
  const renamed = Cookie.replace(request.id.replaceAll('-', ''), another.id.replaceAll('-', ''));
  for (const forged of [renamed, Cookie.replace(/=\d/, '=9')])
    expect(await deliver('form', forged === renamed ? another : request, textOf(1), { Cookie: forged })).toMatchObject({
      status: 401,
    });
});

test("the owner's own quota counts, as the accounts service has it now; a disabled owner takes nothing", async () => {
  const request = await asking();
  expect(await deliver('stream', request, textOf(10))).toMatchObject({ status: 201 });
  await changeUser(url(), opened.admin, owner.user, { max_files: 1 });
  for (const way of ['stream', 'tus'])
    await eventually(async () =>
      expect(await deliver(way, request, textOf(10))).toEqual({ status: 507, code: 'quota_exceeded' }),
    );
  // By an admin: the owner's token is of before the change.
  const seen = await fetch(`${url()}/api/v1/requests/${request.id}`, { headers: bearer(opened.admin.accessToken) });
  expect(await seen.json()).toMatchObject({ status: 'open', file_count: 1 });
  await changeUser(url(), opened.admin, owner.user, { disabled: true });
  await eventually(async () =>
    expect(await deliver('stream', request, textOf(10))).toEqual({ status: 410, code: 'request_closed' }),
  );
});

test('a key repeats a delivery and gets its receipt; the same key of the owner is another one', async () => {
  const request = await asking();
  const key = { 'Idempotency-Key': 'one' };
  const first = await deliver('stream', request, textOf(5), key);
  expect(await deliver('stream', request, textOf(5), key)).toEqual(first);
  expect(first.receipt && Object.keys(first.receipt).toSorted()).toEqual([
    'original_name',
    'sha256',
    'size_bytes',
    'uid',
  ]);
  const own = await asOwner('/files/stream?filename=a.txt', {
    method: 'POST',
    body: new Uint8Array(textOf(5).bytes),
    headers: { ...key, 'Content-Type': 'text/plain' },
  });
  expect([own.status, own.headers.get('Idempotency-Replayed')]).toEqual([201, null]);
  expect(await own.json()).toMatchObject({ request_id: null });
  expect(await read(request)).toMatchObject({ file_count: 1 });
});

test('while AUTH is open, a request of nobody holds as well', async () => {
  const { url: open } = await opened.wharf.start('gateway', { AUTH: 'open' });
  const request = await eventually(() => ask(open, owner, { max_files: 1 }));
  const send = (way: 'form' | 'tus') => ways[way]?.(open, showing(request.token), textOf(10));
  expect(await send('form')).toMatchObject({ status: 201, receipt: { size_bytes: 10 } });
  for (const way of ['form', 'tus'] as const) expect(await send(way)).toEqual({ status: 507, code: 'request_full' });
  const { files } = (await (await fetch(`${open}/api/v1/files?request_id=${request.id}`)).json()) as FilePage;
  expect(files).toMatchObject([{ owner_id: null, request_id: request.id, size_bytes: 10 }]);
  expect((await fetch(`${open}/api/v1/files`, { headers: showing(request.token) })).status).toBe(403);
});

test.each([
  ['a title of two lines', { title: 'a\nb' }],
  ['a title that is turned around', { title: 'exe.\u202Egnp' }],
  ['a long title', { title: 'a'.repeat(201) }],
  ['an empty title', { title: ' ' }],
  ['a message with control characters', { message: 'a\u0007' }],
  ['a type that is none', { allowed_types: ['*/*'] }],
  ['no limit', { max_files: 0 }],
  ['an unknown field', { colour: 'red' }],
])('%s is refused', async (_what, changes) => {
  await expect(asking(changes)).rejects.toThrow('400');
});

test('what strangers wrote is text in the head of the page', async () => {
  const { token } = await asking({ title: `</title><script>alert("1")</script>`, message: 'Two\nlines' });
  const answer = await fetch(`${url()}/r/${token}`, { headers: { Accept: 'text/html' } });
  const html = await answer.text();
  expect(html).not.toContain('<script>alert');
  expect(html).toContain('&#60;script&#62;alert');
  expect(answer.headers.get('Referrer-Policy')).toBe('no-referrer');
  const none = await fetch(`${url()}/r/${'A'.repeat(43)}`, { headers: { Accept: 'text/html' } });
  expect([none.status, none.headers.get('Content-Type')]).toEqual([404, 'text/html; charset=utf-8']);
});

test('options are their owner’s, in whatever way they are given', async () => {
  const request = await asking();
  const form = new FormData();
  form.append('visibility', 'public');
  form.append('file', new Blob(['hello']), 'a.txt');
  const headers = showing(request.token);
  const attempts = [
    fetch(`${url()}/api/v1/files`, { method: 'POST', headers, body: form }),
    fetch(`${url()}/api/v1/files/stream?max_downloads=1`, { method: 'POST', headers, body: 'hello' }),
    fetch(`${url()}/api/v1/uploads`, {
      method: 'POST',
      headers: { ...headers, ...tus, 'Upload-Length': '5', 'Upload-Metadata': `visibility ${btoa('public')}` },
    }),
  ];
  for (const attempt of attempts) expect(await outcome(attempt)).toBe('400 invalid_request');
  expect(await read(request)).toMatchObject({ file_count: 0, status: 'open' });
});
