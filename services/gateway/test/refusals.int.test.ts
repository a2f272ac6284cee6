import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { request } from 'node:http';
import { connect } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '@wharf/test-kit';
import { parse as parseDisposition } from 'content-disposition';
import { type Body, type Client, clientOf, problemOf, sha256, sha256Of, uploaded } from '../../../e2e/client.ts';
import { listenToEvents } from '../../../e2e/events.ts';
import { GatewayWorld } from './world.js';

const limit = 1024 * 1024;
const unknownUid = '01936f2e-8a3b-7c4d-9e5f-0123456789ab';

let world: GatewayWorld;
let client: Client;
let events: Awaited<ReturnType<typeof listenToEvents>>;

beforeAll(async () => {
  world = await GatewayWorld.open({ MAX_FILE_SIZE: String(limit) });
  events = await listenToEvents(world.natsUrl, 'file.>');
  client = clientOf((await world.start()).url);
});

afterAll(async () => {
  await events?.close();
  await world?.close();
});

const incoming = () => readdir(path.join(world.volumeDir, 'incoming'));
const journal = () => readdir(path.join(world.volumeDir, 'journal'));

async function expectNothingLeft(): Promise<void> {
  await eventually(async () => expect([...(await incoming()), ...(await journal())]).toEqual([]));
}

/** A form as bytes, so that it can be wrong in every way. */
function form(...parts: { disposition: string; body: string | Buffer; headers?: string }[]): Buffer {
  const pieces = parts.flatMap(({ disposition, body, headers = '' }) => [
    Buffer.from(`--edge\r\nContent-Disposition: form-data; ${disposition}\r\n${headers}\r\n`),
    Buffer.from(body),
    Buffer.from('\r\n'),
  ]);
  return Buffer.concat([...pieces, Buffer.from('--edge--\r\n')]);
}

const post = (body: Buffer | string, headers: Record<string, string> = {}) =>
  fetch(`${client.api}/files`, {
    method: 'POST',
    body: body as Body,
    headers: { 'Content-Type': 'multipart/form-data; boundary=edge', ...headers },
  });

describe('what is too large', () => {
  test('by its announced length: refused before the body', async () => {
    const { status, problem } = await client.uploadStream(Buffer.alloc(limit + 1) as Body);
    expect(status).toBe(413);
    expect(problem).toMatchObject({ code: 'file_too_large', detail: expect.stringContaining(String(limit)) });
    await expectNothingLeft();
  });

  test('a client that waits for "100 Continue" is not told to go on', async () => {
    let wasContinued = false;
    const status = await new Promise((resolve, reject) => {
      const upload = request(`${client.api}/files/stream`, {
        method: 'POST',
        headers: { Expect: '100-continue', 'Content-Length': String(limit + 1) },
      });
      upload.on('continue', () => {
        wasContinued = true;
      });
      upload.on('response', (answer) => {
        resolve(answer.statusCode);
        upload.destroy();
      });
      upload.on('error', reject);
      upload.flushHeaders();
    });
    expect({ status, wasContinued }).toEqual({ status: 413, wasContinued: false });
  });

  test('chunked, without an announced length', async () => {
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(65_536)),
    });
    const cancelled = new AbortController();
    const { status, problem } = await client.uploadStream(endless, '', {}).finally(() => cancelled.abort());
    expect({ status, code: problem?.code }).toEqual({ status: 413, code: 'file_too_large' });
    await expectNothingLeft();
  });

  test('one byte too many in a form', async () => {
    const { status, problem } = await client.uploadForm(Buffer.alloc(limit + 1));
    expect({ status, code: problem?.code }).toEqual({ status: 413, code: 'file_too_large' });
    await expectNothingLeft();
  });

  test('what a form has beside its file', async () => {
    const problem = await problemOf(await post(Buffer.alloc(limit + 1024 * 1024, '\r\n')));
    expect(problem).toMatchObject({ code: 'file_too_large', detail: expect.stringContaining(String(1024 * 1024)) });
    await expectNothingLeft();
  });

  test('the limit itself is taken', async () => {
    const bytes = randomBytes(limit);
    expect((await uploaded(client.uploadForm(bytes))).sha256).toBe(sha256(bytes));
    expect((await uploaded(client.uploadStream(bytes as Body))).sha256).toBe(sha256(bytes));
  });
});

describe('forms', () => {
  test.each([
    [
      'two files',
      form({ disposition: 'name=a; filename=a', body: 'a' }, { disposition: 'name=b; filename=b', body: 'b' }),
      'too_many_files',
    ],
    ['only fields', form({ disposition: 'name=message_id', body: 'm' }), 'missing_file'],
    [
      'an input without a chosen file',
      form({ disposition: 'name=a; filename=""', body: '', headers: 'Content-Type: application/octet-stream\r\n' }),
      'missing_file',
    ],
    ['nothing at all', Buffer.from('--edge--\r\n'), 'missing_file'],
    [
      'an end in the middle',
      form({ disposition: 'name=a; filename=a', body: 'a'.repeat(5000) }).subarray(0, 3000),
      'incomplete_body',
    ],
    [
      'an option that is not valid',
      form({ disposition: 'name=a; filename=a', body: 'a' }, { disposition: 'name=max_downloads', body: 'many' }),
      'invalid_request',
    ],
    [
      'metadata that is no object',
      form({ disposition: 'name=metadata', body: '[]' }, { disposition: 'name=a; filename=a', body: 'a' }),
      'invalid_request',
    ],
    [
      'more fields than anybody needs',
      form(...Array.from({ length: 101 }, () => ({ disposition: 'name=x', body: 'x' }))),
      'invalid_request',
    ],
    [
      'more parts than anybody needs, all of them inputs without a chosen file',
      form(...Array.from({ length: 102 }, () => ({ disposition: 'name=x; filename=""', body: '' }))),
      'invalid_request',
    ],
    [
      'a part with more headers than anybody needs',
      form({ disposition: 'name=a; filename=a', body: 'a', headers: 'X: y\r\n'.repeat(64) }),
      'invalid_request',
    ],
    ['a field that is far too long', form({ disposition: 'name=x', body: 'x'.repeat(300_000) }), 'invalid_request'],
  ])('%s: 400', async (_what, body, code) => {
    const problem = await problemOf(await post(body));
    expect({ status: problem.status, code: problem.code }).toEqual({ status: 400, code });
    await expectNothingLeft();
  });

  test('metadata deeper than anybody needs', async () => {
    const deep = `{"a":${'['.repeat(2200)}${']'.repeat(2200)}}`;
    const file = { disposition: 'name=a; filename=a', body: 'a' };
    const answers = [
      await problemOf(await post(form({ disposition: 'name=metadata', body: deep }, file))),
      (await client.uploadStream('a', `?metadata=${encodeURIComponent(deep)}`)).problem,
    ];
    for (const problem of answers) {
      expect(problem).toMatchObject({ status: 400, code: 'invalid_request', errors: [{ path: 'metadata' }] });
    }
    await expectNothingLeft();
  });

  test('a body that is no form', async () => {
    expect((await problemOf(await post('{}', { 'Content-Type': 'application/json' }))).code).toBe('invalid_request');
    expect((await problemOf(await post('x', { 'Content-Type': 'multipart/form-data' }))).code).toBe('invalid_request');
  });

  test('options count wherever they stand', async () => {
    const answer = await post(
      form(
        { disposition: 'name=message_id', body: 'before' },
        { disposition: 'name=upload; filename="a.txt"', body: 'hello', headers: 'Content-Type: text/plain\r\n' },
        { disposition: 'name=metadata', body: '{"after":true}' },
        { disposition: 'name=expires_in', body: '3600' },
      ),
    );
    expect(answer.status).toBe(201);
    const record = (await answer.json()) as Record<string, unknown>;
    expect(record).toMatchObject({ message_id: 'before', metadata: { after: true }, content_type: 'text/plain' });
    expect(Date.parse(record.expires_at as string) - Date.parse(record.created_at as string)).toBe(3_600_000);
  });

  test('a file part without a type is a file', async () => {
    const answer = await post(form({ disposition: 'name=file; filename=plain', body: 'hello' }));
    expect(await answer.json()).toMatchObject({ size_bytes: 5, content_type: 'application/octet-stream' });
  });
});

describe('names', () => {
  test.each([
    ['../../etc/passwd', 'passwd'],
    ['C:\\temp\\plan.doc', 'plan.doc'],
    ['he said "no".txt', 'he said "no".txt'],
    ['a\r\nX-Injected: yes.txt', 'aX-Injected: yes.txt'],
    ['🚢 отчёт 報告.pdf', '🚢 отчёт 報告.pdf'],
    ["it's 100%.txt", "it's 100%.txt"],
    [`${'long'.repeat(75)}.jpeg`, `${'long'.repeat(63).slice(0, 250)}.jpeg`],
  ])('%j comes back as %j, by both ways of uploading', async (sent, kept) => {
    const bytes = randomBytes(100);
    const byForm = await uploaded(client.uploadForm(bytes, sent));
    const byQuery = await uploaded(client.uploadStream(bytes as Body, `?filename=${encodeURIComponent(sent)}`));
    const byHeader = await uploaded(
      client.uploadStream(bytes as Body, '?filename=loses', {
        'Content-Disposition': `attachment; filename="fallback"; filename*=UTF-8''${encodeURIComponent(sent).replaceAll("'", '%27')}`,
      }),
    );
    for (const record of [byForm, byQuery, byHeader]) {
      expect(record.original_name).toBe(kept);
      const download = await client.get(record.uid);
      expect(download.headers.get('X-Injected')).toBeNull();
      expect(parseDisposition(download.headers.get('Content-Disposition') as string)).toMatchObject({
        type: 'attachment',
        parameters: { filename: kept },
      });
      expect(await sha256Of(download)).toBe(sha256(bytes));
    }
  });

  test.each([
    ['a\\"b.txt', 'a"b.txt'],
    ['C:\\dir\\x.txt', 'x.txt'],
    ['a%22b.txt', 'a"b.txt'],
  ])('in a form as %s', async (written, kept) => {
    const answer = await post(form({ disposition: `name=a; filename="${written}"`, body: 'a' }));
    expect(await answer.json()).toMatchObject({ original_name: kept });
  });

  test('a body without a name is unnamed', async () => {
    expect((await uploaded(client.uploadStream('x'))).original_name).toBe('unnamed');
  });
});

describe('connections that break', () => {
  const half = 'half of it'.repeat(10_000);

  test.each([
    ['a raw body', '/api/v1/files/stream', 'Content-Type: text/plain', half],
    [
      'a form',
      '/api/v1/files',
      'Content-Type: multipart/form-data; boundary=edge',
      `--edge\r\nContent-Disposition: form-data; name=a; filename=a\r\n\r\n${half}`,
    ],
  ])('%s: nothing is left and nothing is announced', async (_what, route, header, body) => {
    const before = events.of('file.stored').length;
    const { hostname, port } = new URL(client.url);
    const socket = connect({ host: hostname, port: Number(port) });
    socket.write(`POST ${route} HTTP/1.1\r\nHost: localhost\r\n${header}\r\nContent-Length: 200000\r\n\r\n${body}`);
    await eventually(async () => expect(await incoming()).toHaveLength(1));
    socket.destroy();
    await expectNothingLeft();
    expect(events.of('file.stored')).toHaveLength(before);
  });
});

describe('routes', () => {
  test.each([
    ['GET', '/api/v1/files/not-a-uid', 400, 'invalid_uid'],
    ['GET', '/api/v1/files/01936f2e-8a3b-4c4d-9e5f-0123456789ab', 400, 'invalid_uid'],
    ['GET', `/api/v1/files/${unknownUid}`, 404, 'file_not_found'],
    ['GET', `/api/v1/files/${unknownUid}/metadata`, 404, 'file_not_found'],
    ['DELETE', `/api/v1/files/${unknownUid}`, 404, 'file_not_found'],
    ['GET', '/api/v1/nothing', 404, 'route_not_found'],
    ['GET', '/none', 404, 'route_not_found'],
    ['GET', '/api/v1/files/%zz/metadata', 400, 'invalid_uid'],
  ])('%s %s: %d %s', async (method, route, status, code) => {
    const problem = await problemOf(await fetch(client.url + route, { method }));
    expect(problem).toMatchObject({ status, code, type: `urn:wharf:problem:${code}` });
  });

  test('a method that a route does not take is answered with those that it takes', async () => {
    const answer = await fetch(`${client.api}/files/${unknownUid}`, { method: 'PUT' });
    expect((await problemOf(answer)).code).toBe('method_not_allowed');
    expect(answer.headers.get('Allow')).toMatch(/GET/);
    expect(answer.headers.get('Allow')).toMatch(/DELETE/);
  });

  test.each(['GET', 'PATCH', 'DELETE'])('%s of the route of raw bodies is no request for a file', async (method) => {
    const answer = await fetch(`${client.api}/files/stream`, { method });
    expect((await problemOf(answer)).code).toBe('method_not_allowed');
    expect(answer.headers.get('Allow')).toBe('POST, PUT');
  });

  test('a HEAD has the headers of the GET and no body', async () => {
    const { uid } = await uploaded(client.uploadForm(randomBytes(1234)));
    const head = await fetch(`${client.api}/files/${uid}`, { method: 'HEAD' });
    const get = await client.get(uid);
    await get.arrayBuffer();
    for (const name of [
      'content-length',
      'etag',
      'content-type',
      'content-disposition',
      'last-modified',
      'repr-digest',
    ]) {
      expect(head.headers.get(name)).toBe(get.headers.get(name));
    }
    expect(await head.text()).toBe('');
  });
});
