import { createHash, randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '@wharf/test-kit';
import { type Body, type Client, clientOf, problemOf, sha256, uploaded } from '../../../e2e/client.ts';
import { listenToEvents } from '../../../e2e/events.ts';
import { GatewayWorld } from './world.js';

let world: GatewayWorld;
let client: Client;
let events: Awaited<ReturnType<typeof listenToEvents>>;

beforeAll(async () => {
  world = await GatewayWorld.open();
  events = await listenToEvents(world.natsUrl, 'file.>');
  client = clientOf((await world.start()).url);
});

afterAll(async () => {
  await events?.close();
  await world?.close();
});

const bytes = randomBytes(300_000);
const digest = (of: Uint8Array) => `sha-256=:${createHash('sha256').update(of).digest('base64')}:`;
const sha512 = (of: Uint8Array) => `sha-512=:${createHash('sha512').update(of).digest('base64')}:`;
const md5 = (of: Uint8Array) => createHash('md5').update(of).digest('base64');
/** A true and a false header of each kind, for `of`. */
const kinds = (of: Uint8Array) => [
  { name: 'Content-Digest', right: digest(of), wrong: digest(Buffer.from('other')) },
  { name: 'Repr-Digest', right: digest(of), wrong: digest(Buffer.from('other')) },
  { name: 'Repr-Digest', right: sha512(of), wrong: sha512(Buffer.from('other')) },
  { name: 'Content-MD5', right: md5(of), wrong: md5(Buffer.from('other')) },
];

let taken = 0;

async function expectTaken(answer: Response): Promise<unknown> {
  expect(answer.status).toBe(201);
  taken++;
  return answer.json();
}

/** No staged file is left. That nothing is left to the relay either, and nothing announced, is tested once at the end. */
async function expectRefused(answer: Response, code = 'digest_mismatch'): Promise<void> {
  const problem = await problemOf(answer);
  expect({ status: problem.status, code: problem.code }).toEqual({ status: 400, code });
  expect(await readdir(path.join(world.volumeDir, 'incoming'))).toEqual([]);
}

describe.each(['POST', 'PUT'])('%s of a raw body', (method) => {
  const send = (headers: Record<string, string>) =>
    fetch(`${client.api}/files/stream`, { method, body: bytes as Body, headers });

  test.each(kinds(bytes))('$name is compared with the bytes', async ({ name, right, wrong }) => {
    expect(await expectTaken(await send({ [name]: right }))).toMatchObject({ sha256: sha256(bytes) });
    await expectRefused(await send({ [name]: wrong }));
  });

  test('algorithms that are not known are ignored, the known one beside them is not', async () => {
    await expectTaken(await send({ 'Content-Digest': 'sha-3=:AAAA:' }));
    await expectRefused(await send({ 'Content-Digest': `sha-3=:AAAA:, ${digest(Buffer.from('other'))}` }));
  });

  test('one false digest is enough', async () => {
    await expectRefused(await send({ 'Content-Digest': digest(bytes), 'Content-MD5': md5(Buffer.from('other')) }));
  });
});

test.each(['/files/stream', '/files'])('%s: a header that is none is refused before the body', async (route) => {
  const answer = await new Promise((resolve, reject) => {
    let wasContinued = false;
    const headers = {
      Expect: '100-continue',
      'Content-Type': 'multipart/form-data; boundary=edge',
      'Content-Digest': 'sha-256=no',
    };
    const upload = request(`${client.api}${route}`, { method: 'POST', headers });
    upload.on('continue', () => {
      wasContinued = true;
    });
    upload.on('response', (response) => {
      resolve({ status: response.statusCode, wasContinued });
      upload.destroy();
    });
    upload.on('error', reject);
    upload.flushHeaders();
  });
  expect(answer).toEqual({ status: 400, wasContinued: false });
});

describe('a form', () => {
  const form = (partHeaders = '', before = '') =>
    Buffer.concat([
      Buffer.from(`${before}--edge\r\nContent-Disposition: form-data; name=f; filename=a.bin\r\n${partHeaders}\r\n`),
      bytes,
      Buffer.from('\r\n--edge--\r\n'),
    ]);
  const send = (body: Buffer, headers: Record<string, string> = {}) =>
    fetch(`${client.api}/files`, {
      method: 'POST',
      body: body as Body,
      headers: { 'Content-Type': 'multipart/form-data; boundary=edge', ...headers },
    });

  test.each(kinds(form()))('$name of the request is that of the whole body', async ({ name, right, wrong }) => {
    await expectTaken(await send(form(), { [name]: right }));
    await expectRefused(await send(form(), { [name]: wrong }));
  });

  test.each(kinds(bytes))('$name of the request is that of the file', async ({ name, right }) => {
    await expectTaken(await send(form(), { [name]: right }));
  });

  test.each(kinds(bytes))('$name of the part is that of the file', async ({ name, right, wrong }) => {
    await expectTaken(await send(form(`${name}: ${right}\r\n`)));
    await expectRefused(await send(form(`${name}: ${wrong}\r\n`)));
  });

  test('a header of the part is not about the body', async () => {
    const body = form();
    await expectRefused(await send(form(`Content-Digest: ${digest(body)}\r\n`), { 'Content-Digest': digest(body) }));
  });

  test('a part header that is none is refused', async () => {
    await expectRefused(await send(form('Content-Digest: sha-256=no\r\n')), 'invalid_request');
  });

  test('headers of text fields say nothing about the file', async () => {
    const field =
      '--edge\r\nContent-Disposition: form-data; name=message_id\r\nContent-Digest: sha-256=no\r\n\r\nm\r\n';
    await expectTaken(await send(form('', field)));
  });
});

/** A chunked body whose digests come behind it. */
function sendWithTrailer(
  route: string,
  body: Buffer,
  trailer: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const method = route === '/files' ? 'POST' : 'PUT';
    const sent = request(`${client.api}${route}`, { method, headers: { 'Transfer-Encoding': 'chunked', ...headers } });
    sent.on('error', reject);
    sent.on('response', (answer) => {
      readResponse(answer).then(resolve, reject);
    });
    sent.write(body);
    sent.addTrailers(trailer);
    sent.end();
  });
}

async function readResponse(answer: IncomingMessage): Promise<Response> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  const headers = answer.headers as Record<string, string>;
  return new Response(Buffer.concat(chunks), { status: answer.statusCode as number, headers });
}

describe.each([
  ['a short body', Buffer.from('hello')],
  ['a long body', bytes],
])('the trailer of %s', (_what, body) => {
  describe.each(['announced', 'not announced'])('%s', (announced) => {
    const announce = (name: string): Record<string, string> => (announced === 'announced' ? { Trailer: name } : {});

    test.each(kinds(body))('$name is compared with the bytes', async ({ name, right, wrong }) => {
      const send = (value: string) => sendWithTrailer('/files/stream', body, { [name]: value }, announce(name));
      expect(await expectTaken(await send(right))).toMatchObject({ sha256: sha256(body) });
      await expectRefused(await send(wrong));
    });

    test.each([
      ['Content-Digest', 'sha-256=no'],
      ['Repr-Digest', '='],
      ['Content-MD5', 'x'],
    ])('%s: %s is refused', async (name, value) => {
      const answer = await sendWithTrailer('/files/stream', body, { [name]: value }, announce(name));
      await expectRefused(answer, 'invalid_request');
    });
  });

  const form = Buffer.concat([
    Buffer.from('--edge\r\nContent-Disposition: form-data; name=f; filename=a.bin\r\n\r\n'),
    body,
    Buffer.from('\r\n--edge--\r\n'),
  ]);
  const type = { 'Content-Type': 'multipart/form-data; boundary=edge' };

  test.each(kinds(body))('$name of a form is that of the file', async ({ name, right, wrong }) => {
    await expectTaken(await sendWithTrailer('/files', form, { [name]: right }, type));
    await expectRefused(await sendWithTrailer('/files', form, { [name]: wrong }, type));
  });

  test.each(kinds(form))(
    '$name of a form is that of the whole body, where announced',
    async ({ name, right, wrong }) => {
      const send = (value: string) => sendWithTrailer('/files', form, { [name]: value }, { ...type, Trailer: name });
      await expectTaken(await send(right));
      await expectRefused(await send(wrong));
    },
  );
});

test('a true header does not make up for a false trailer, and other trailers say nothing', async () => {
  const headers = { 'Content-Digest': digest(bytes) };
  const wrong = { 'Content-Digest': digest(Buffer.from('other')) };
  await expectRefused(await sendWithTrailer('/files/stream', bytes, wrong, headers));
  await expectTaken(await sendWithTrailer('/files/stream', bytes, { 'X-Checksum': 'x' }, headers));
});

test('nothing that was refused is left to the relay, and what was taken is announced once', async () => {
  // A gateway removes segments of its journal whose entries are all done every few seconds.
  await eventually(async () => expect(await readdir(path.join(world.volumeDir, 'journal'))).toEqual([]));
  // The event of the next upload comes after those of all before it.
  const { uid } = await uploaded(client.uploadStream('next'));
  await eventually(() => expect(events.of('file.stored', uid)).toHaveLength(1));
  expect(events.of('file.stored')).toHaveLength(taken + 1);
});
