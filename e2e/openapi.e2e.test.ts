import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { gatewaySettings } from '@wharf/gateway';
import { createLogger, Health, loadConfig, Metrics } from '@wharf/service-kit';
import { eventually } from '@wharf/test-kit';
import type { Access } from '../services/gateway/src/access/access.js';
import { buildOpenApi } from '../services/gateway/src/docs/build-openapi.js';
import type { Gateway } from '../services/gateway/src/gateway.js';
import { createApp } from '../services/gateway/src/http/app.js';
import { RunningRequests } from '../services/gateway/src/http/running-requests.js';
import { type Client, clientOf, uploaded } from './client.ts';
import { listenToEvents } from './events.ts';
import { bodyOf, type DescribedOperation, exampleOf, type OpenApi, type Parameter, readOpenApi } from './openapi.ts';
import { openWharf, startAll, type Wharf } from './wharf.ts';

const unknownUid = '01936f2e-8a3b-7c4d-9e5f-0123456789ab';
const maxFileSizeBytes = 100_000;
const exampleText = 'Hello, harbour!\n';

let wharf: Wharf;
let client: Client;
let events: Awaited<ReturnType<typeof listenToEvents>>;
let api: OpenApi;
/** The same document, known before the gateway runs: it names the tests. */
const known = readOpenApi(JSON.parse(JSON.stringify(buildOpenApi())));

beforeAll(async () => {
  wharf = await openWharf({ MAX_FILE_SIZE: String(maxFileSizeBytes) });
  events = await listenToEvents(wharf.natsUrl, 'file.>');
  await startAll(wharf);
  client = clientOf(wharf.urls[0] as string);
  await eventually(async () => {
    expect(await (await fetch(`${client.url}/health/ready`)).json()).toMatchObject({ status: 'ok' });
  });
  api = readOpenApi(JSON.parse(await (await fetch(`${client.url}/openapi.json`)).text()));
});

afterAll(async () => {
  await events?.close();
  await wharf?.close();
});

const operationOf = (operationId: string) =>
  known.operations.find((each) => each.operationId === operationId) as DescribedOperation;

interface Call {
  parameters: Parameter[];
  /** Instead of the examples, by the name of the parameter. */
  values?: Record<string, string>;
  body?: unknown;
}

interface Refusal {
  operationId: string;
  status: number;
  values: Record<string, string>;
  body?: unknown;
}

/** Sends a request as the document describes it, and expects an answer that the document describes. */
async function call(operationId: string, { parameters, values = {}, body }: Call): Promise<Response> {
  const operation = operationOf(operationId);
  const url = new URL(client.url);
  url.pathname = operation.path;
  const headers = new Headers();
  for (const parameter of parameters) {
    const value = values[parameter.name] ?? String(exampleOf(parameter));
    if (parameter.in === 'path') url.pathname = url.pathname.replace(`%7B${parameter.name}%7D`, value);
    if (parameter.in === 'query') url.searchParams.set(parameter.name, value);
    if (parameter.in === 'header') headers.set(parameter.name, value);
  }
  const sent = bodyOf(operation, body);
  if (sent.type) headers.set('Content-Type', sent.type);
  const method = operation.method.toUpperCase();
  const answer = await fetch(url, { method, headers, body: sent.body, redirect: 'manual' });
  expect({ status: answer.status, complaints: await api.complaints(operation, answer.clone()) }).toEqual({
    status: answer.status,
    complaints: [],
  });
  return answer;
}

/** A file, a link and a page to continue, so that what the examples speak of is there. */
async function realValues(parameters: Parameter[]): Promise<Record<string, string>> {
  const names = new Set(parameters.map(({ name }) => name));
  const values: Record<string, string> = {};
  if (names.has('uid') || names.has('token') || names.has('id')) {
    values.uid = (await uploaded(client.uploadForm(Buffer.from(exampleText), 'hello.txt', {}, 'text/plain'))).uid;
  }
  if (names.has('id') || names.has('token')) {
    const link = await fetch(`${client.api}/files/${values.uid}/links`, {
      method: 'POST',
      body: '{}',
      headers: { 'Content-Type': 'application/json' },
    });
    expect(link.status).toBe(201);
    const { id, url } = (await link.json()) as { id: string; url: string };
    Object.assign(values, { id, token: url.split('/').at(-1) });
  }
  // A key belongs to one request.
  if (names.has('Idempotency-Key')) values['Idempotency-Key'] = randomUUID();
  const cursor = parameters.find(({ name }) => name === 'cursor');
  // Those of links are ids of links, and any will do.
  if (cursor && !/^[\da-f-]{36}$/.test(String(exampleOf(cursor)))) {
    await Promise.all([uploaded(client.uploadForm(Buffer.from('1'))), uploaded(client.uploadForm(Buffer.from('2')))]);
    const page = (await (await fetch(`${client.api}/files?limit=1`)).json()) as { next_cursor: string };
    values.cursor = page.next_cursor;
  }
  return values;
}

/** What the bodies speak of is there as well. */
async function realBody(operationId: string): Promise<unknown> {
  if (!['shareFiles', 'requestArchive'].includes(operationId)) return undefined;
  return { uids: [(await uploaded(client.uploadForm(Buffer.from(exampleText)))).uid] };
}

test('the served document is the one that these tests are about', () => {
  expect(api.document).toEqual(known.document);
});

test('every route is documented, and every documented operation has a route', () => {
  const gateway = {
    config: loadConfig(gatewaySettings, { NATS_URL: 'nats://nats', OBJECT_STORE_URL: 'file:///tmp' }),
    access: { isOpen: true } as Access,
    metrics: new Metrics('gateway'),
    health: new Health(),
    logger: createLogger('gateway', 'silent'),
  } as Gateway;
  const layers = createApp(gateway, new RunningRequests()).middleware.flatMap((middleware) => {
    const { router } = middleware as { router?: { stack: { path: string; methods: string[] }[] } };
    return router?.stack ?? [];
  });
  const routes = layers.flatMap(({ path, methods }) =>
    methods.map((method) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`),
  );
  const documented = known.operations.map(({ method, path }) => `${method.toUpperCase()} ${path}`);
  // HEAD comes with every GET; the document tells of it where it matters.
  const withoutHead = (list: string[]) => [...new Set(list)].filter((route) => !route.startsWith('HEAD')).sort();
  expect(withoutHead(routes)).toEqual(withoutHead(documented));
  expect(routes).toEqual(expect.arrayContaining(documented));
});

test('every example is valid', () => {
  const invalid: string[] = [];
  const check = (value: unknown, ...keys: string[]) => {
    if (!known.judge(...keys)(value)) invalid.push(keys.join(' '));
  };
  for (const { path, method, parameters, requestBody, responses } of known.operations) {
    for (const [index, parameter] of parameters.entries()) {
      check(exampleOf(parameter), 'paths', path, method, 'parameters', String(index), 'schema');
    }
    for (const [type, { example }] of Object.entries(requestBody?.content ?? {})) {
      check(example, 'paths', path, method, 'requestBody', 'content', type, 'schema');
    }
    for (const [status, { content = {} }] of Object.entries(responses)) {
      for (const [type, { examples = {} }] of Object.entries(content)) {
        const keys = ['paths', path, method, 'responses', status, 'content', type, 'schema'];
        for (const { value } of Object.values(examples)) check(value, ...keys);
      }
    }
  }
  expect(invalid).toEqual([]);
});

/**
 * Those of accounts are tried out in services/gateway/test/accounts-document.int.test.ts: they need somebody who is logged in; those of resumable
 * uploads, whose requests follow each other, in tus.int.test.ts; those of attachments in attachments.e2e.test.ts: they need what was sent to the store;
 * those of events and of the system in events.e2e.test.ts and system.e2e.test.ts: streams have no end, and dead letters are made there; those
 * of requests in requests.e2e.test.ts.
 */
const triedElsewhere = ['accounts', 'users', 'attachments', 'resumable', 'events', 'system', 'requests'];
const ofFilesAndHealth = known.operations.filter(({ tags }) => !tags.some((tag) => triedElsewhere.includes(tag)));

describe.each(ofFilesAndHealth)('$operationId', ({ operationId, parameters }) => {
  const required = parameters.filter((parameter) => parameter.required);

  test('as its example asks', async () => {
    const body = await realBody(operationId);
    const answer = await call(operationId, { parameters: required, values: await realValues(required), body });
    expect(answer.status).toBeLessThan(400);
  });

  for (const parameter of parameters.filter(({ required }) => !required)) {
    test(`with ${parameter.name}`, async () => {
      const all = [...required, parameter];
      const body = await realBody(operationId);
      const answer = await call(operationId, { parameters: all, values: await realValues(all), body });
      expect(answer.status).toBeLessThan(400);
    });
  }
});

describe('answers other than success', () => {
  const ofFiles = ofFilesAndHealth.filter(({ parameters }) => parameters.some(({ name }) => name === 'uid'));
  test.each(ofFiles)('$operationId of an unknown and of an impossible file', async ({ operationId, parameters }) => {
    const required = parameters.filter((parameter) => parameter.required);
    const of = (uid: string) => call(operationId, { parameters: required, values: { uid } });
    expect((await of(unknownUid)).status).toBe(404);
    expect((await of('not-a-uid')).status).toBe(400);
  });

  const tooLarge = 'x'.repeat(maxFileSizeBytes + 1);
  const other = `"${'a'.repeat(64)}"`;
  test.each<Refusal>([
    { operationId: 'downloadFile', status: 416, values: { Range: 'bytes=100-' } },
    { operationId: 'downloadFile', status: 304, values: { 'If-None-Match': '*' } },
    { operationId: 'downloadFile', status: 412, values: { 'If-Match': other } },
    { operationId: 'headFile', status: 304, values: { 'If-None-Match': '*' } },
    { operationId: 'headFile', status: 412, values: { 'If-Match': other } },
    { operationId: 'uploadForm', status: 400, values: {}, body: { message_id: 'no file' } },
    { operationId: 'uploadForm', status: 400, values: {}, body: { file: 'x', expires_in: 'soon' } },
    { operationId: 'uploadForm', status: 413, values: {}, body: { file: tooLarge } },
    { operationId: 'uploadStream', status: 413, values: {}, body: tooLarge },
    { operationId: 'uploadStream', status: 400, values: { 'Content-Digest': `sha-256=:${'A'.repeat(43)}=:` } },
    { operationId: 'putStream', status: 400, values: { expires_in: '0' } },
    { operationId: 'updateFile', status: 400, values: {}, body: { colour: 'red' } },
    { operationId: 'listFiles', status: 400, values: { limit: '201' } },
    { operationId: 'listFiles', status: 400, values: { cursor: 'nonsense' } },
    { operationId: 'createLink', status: 400, values: {}, body: { expires_in: -1 } },
    { operationId: 'downloadLink', status: 404, values: { token: 'nobody-has-this' } },
    { operationId: 'getDocsAsset', status: 404, values: { asset: 'package.json' } },
    { operationId: 'getDocsAsset', status: 404, values: { asset: '..%2fpackage.json' } },
  ])('$operationId: $status for $values', async ({ operationId, status, values, body }) => {
    const { parameters } = operationOf(operationId);
    const sent = parameters.filter(({ name, required }) => required || name in values);
    const real = 'token' in values ? {} : await realValues(sent);
    const answer = await call(operationId, { parameters: sent, values: { ...real, ...values }, body });
    expect(answer.status).toBe(status);
  });

  test('a deleted file has its record, but neither bytes nor links', async () => {
    const { uid } = await uploaded(client.uploadForm(Buffer.from(exampleText)));
    const of = async (operationId: string) => {
      const parameters = operationOf(operationId).parameters.filter(({ required }) => required);
      return (await call(operationId, { parameters, values: { uid } })).status;
    };
    expect(await of('deleteFile')).toBe(204);
    expect(await of('deleteFile')).toBe(204);
    expect(await of('getFileMetadata')).toBe(200);
    for (const operationId of ['downloadFile', 'headFile', 'updateFile', 'createLink']) {
      expect([operationId, await of(operationId)]).toEqual([operationId, 410]);
    }
  });
});

test('events are what the AsyncAPI document says', async () => {
  const document = (await (await fetch(`${client.url}/asyncapi.json`)).json()) as {
    channels: Record<string, { address: string }>;
  };
  const { judge } = readOpenApi({ paths: {}, components: { headers: {} }, ...document });
  const { uid } = await uploaded(
    client.uploadForm(Buffer.from(exampleText), 'a', { metadata: '{"a":[1,{"b":null}]}' }),
  );
  for (const type of ['file.stored', 'file.synced']) {
    expect(document.channels[type]?.address).toBe(type);
    const [event] = await eventually(() => {
      const heard = events.of(type, uid);
      expect(heard).not.toHaveLength(0);
      return heard;
    });
    const validate = judge('components', 'schemas', type);
    expect({ isValid: validate(event), errors: validate.errors }).toEqual({ isValid: true, errors: null });
    expect(validate({ ...event, data: {} })).toBe(false);
  }
});
