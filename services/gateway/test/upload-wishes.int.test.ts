import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { FileRecord } from '@wharf/contracts';
import { type Client, clientOf, problemOf } from '../../../e2e/client.ts';
import { GatewayWorld } from './world.js';

let world: GatewayWorld;
let client: Client;

beforeAll(async () => {
  world = await GatewayWorld.open();
  client = clientOf((await world.start()).url);
});

afterAll(() => world?.close());

interface Part {
  name: string;
  body?: string;
  headers?: string;
}

const file: Part = { name: 'file; filename=a.txt' };

/** Bytes as Latin-1. */
function sendForm(parts: Part[], query = ''): Promise<Response> {
  const body = parts.map(
    ({ name, body = 'hello', headers = '' }) =>
      `--edge\r\nContent-Disposition: form-data; name=${name}\r\n${headers}\r\n${body}\r\n`,
  );
  return fetch(`${client.api}/files${query}`, {
    method: 'POST',
    body: Buffer.from(`${body.join('')}--edge--\r\n`, 'latin1'),
    headers: { 'Content-Type': 'multipart/form-data; boundary=edge' },
  });
}

const sendRaw = (query: string, method = 'POST') =>
  fetch(`${client.api}/files/stream${query}`, { method, body: 'hello' });

async function recordOf(answer: Response): Promise<FileRecord> {
  const body = await answer.json();
  expect({ status: answer.status, body }).toMatchObject({ status: 201 });
  return FileRecord.strict().parse(body);
}

/** The problem names these fields, and nothing is left of the file. */
async function expectRefused(answer: Response, errors: [path: string, message: RegExp][]): Promise<void> {
  const problem = await problemOf(answer);
  expect(problem).toMatchObject({ status: 400, code: 'invalid_request' });
  expect(problem.errors).toEqual(errors.map(([path, message]) => ({ path, message: expect.stringMatching(message) })));
  expect(await readdir(path.join(world.volumeDir, 'incoming'))).toEqual([]);
}

describe('the query of a form', () => {
  test.each<[string, [string, RegExp][]]>([
    ['?max_downloads=1', [['max_downloads', /field/]]],
    [
      '?max_downloads=1&expires_in=60',
      [
        ['max_downloads', /field/],
        ['expires_in', /field/],
      ],
    ],
    ['?metadata=%7B%7D', [['metadata', /field/]]],
    ['?max_downloads=', [['max_downloads', /field/]]],
    ['?filename=a.txt', [['filename', /filename of the file/]]],
    ['?Max_Downloads=1', [['Max_Downloads', /max_downloads/]]],
    ['?x=1', [['x', /no parameter/]]],
    ['?__proto__=1', [['__proto__', /no parameter/]]],
    ['?max_downloads=1&max_downloads=1', [['max_downloads', /once/]]],
  ])('%s is refused', async (query, errors) => {
    await expectRefused(await sendForm([file], query), errors);
  });
});

describe.each(['POST', 'PUT'])('the query of a raw body by %s', (method) => {
  test.each<[string, [string, RegExp][]]>([
    ['?max_downloads=1&max_downloads=1000', [['max_downloads', /once/]]],
    ['?Max_Downloads=1', [['Max_Downloads', /; max_downloads is/]]],
    ['?maxDownloads=1', [['maxDownloads', /; max_downloads is/]]],
    ['?max-downloads=1', [['max-downloads', /; max_downloads is/]]],
    ['?max_download=1', [['max_download', /; max_downloads is/]]],
    ['?expires=60', [['expires', /; expires_in or expires_at is/]]],
    ['?filename=a.txt&colour=red', [['colour', /no parameter/]]],
    ['?Filename=a.txt', [['Filename', /no parameter/]]],
    ['?=1', [['', /no parameter/]]],
  ])('%s is refused', async (query, errors) => {
    await expectRefused(await sendRaw(query, method), errors);
  });

  test('takes what is known, and takes an empty option for none', async () => {
    const query = '?filename=b.txt&max_downloads=3&message_id=m&expires_in=&expires_at=&metadata=';
    expect(await recordOf(await sendRaw(query, method))).toMatchObject({
      original_name: 'b.txt',
      max_downloads: 3,
      message_id: 'm',
      expires_at: null,
      metadata: {},
    });
  });
});

describe('the fields of a form', () => {
  test.each<[string, Part[], [string, RegExp][]]>([
    [
      'an option twice',
      [
        { name: 'max_downloads', body: '1' },
        { name: 'max_downloads', body: '1000' },
      ],
      [['max_downloads', /once/]],
    ],
    [
      'the same twice',
      [
        { name: 'message_id', body: 'm' },
        { name: 'message_id', body: 'm' },
      ],
      [['message_id', /once/]],
    ],
    ['another spelling', [{ name: 'Max_Downloads', body: '1' }], [['Max_Downloads', /; max_downloads is/]]],
    ['a slip', [{ name: 'max_download', body: '1' }], [['max_download', /; max_downloads is/]]],
    ['an empty one with a slip', [{ name: 'Expires_In', body: '' }], [['Expires_In', /; expires_in is/]]],
    ['another word', [{ name: 'expiry', body: '60' }], [['expiry', /; expires_in or expires_at is/]]],
    ['a path', [{ name: '"metadata[album]"', body: 'sea' }], [['metadata[album]', /; metadata is/]]],
  ])('%s: refused, before or behind the file', async (_what, parts, errors) => {
    await expectRefused(await sendForm([...parts, file]), errors);
    await expectRefused(await sendForm([file, ...parts]), errors);
  });

  test('those that resemble no option are left alone, twice too', async () => {
    const names = ['qquuid', 'qquuid', 'dzuuid', 'message', 'MAX_FILE_SIZE', 'csrf_token', '__proto__', '""'];
    const answer = await sendForm([...names.map((name) => ({ name, body: 'x' })), file]);
    expect(await recordOf(answer)).toMatchObject({ size_bytes: 5, max_downloads: null, message_id: null });
  });

  test('one that is empty was not given', async () => {
    const empty = ['expires_in', 'expires_at', 'max_downloads', 'message_id', 'metadata', 'max_downloads'];
    const answer = await sendForm([
      ...empty.map((name) => ({ name, body: '' })),
      file,
      { name: 'max_downloads', body: '2' },
    ]);
    expect(await recordOf(answer)).toMatchObject({
      expires_at: null,
      max_downloads: 2,
      message_id: null,
      metadata: {},
    });
  });
});

describe('a Blob of JSON', () => {
  const json = (name: string, body: string, type = 'application/json'): Part => ({
    name: `${name}; filename="blob"`,
    body,
    headers: `Content-Type: ${type}\r\n`,
  });

  test('counts as a field of its name, before or behind the file', async () => {
    const metadata = json('metadata', '{"album":"sea"}');
    for (const parts of [
      [metadata, file],
      [file, metadata, json('max_downloads', '3', 'application/json; charset=utf-8')],
    ]) {
      const record = await recordOf(await sendForm(parts));
      expect(record).toMatchObject({ original_name: 'a.txt', size_bytes: 5, metadata: { album: 'sea' } });
    }
  });

  test('is no file', async () => {
    expect((await problemOf(await sendForm([json('metadata', '{}')]))).code).toBe('missing_file');
    await expectRefused(await sendForm([json('metadata', '[]'), file]), [['metadata', /./]]);
  });

  test('of another name, another filename or another type is a file', async () => {
    for (const part of [
      json('data', '{}'),
      { ...json('metadata', '{}'), name: 'metadata; filename=metadata.json' },
      json('metadata', '{}', 'image/png'),
    ]) {
      expect((await sendForm([part])).status).toBe(201);
      expect((await problemOf(await sendForm([part, file]))).code).toBe('too_many_files');
    }
  });
});

describe('text that is no UTF-8', () => {
  const latin1File: Part = { name: 'file; filename="M\u00fcller.txt"' };

  test.each<[string, Part[], object]>([
    ['Latin-1', [latin1File], { original_name: 'Müller.txt' }],
    [
      'UTF-8',
      [{ name: `file; filename="${Buffer.from('Müller.txt').toString('latin1')}"` }],
      { original_name: 'Müller.txt' },
    ],
    [
      'the charset of the form, behind the file',
      [{ name: 'file; filename="\u00ee\u00f2\u00f7\u00b8\u00f2.txt"' }, { name: '_charset_', body: 'windows-1251' }],
      { original_name: 'отчёт.txt' },
    ],
    [
      'the charset of the form, before the file',
      [{ name: '_charset_', body: 'ISO-8859-1' }, latin1File],
      { original_name: 'Müller.txt' },
    ],
    ['a charset that is none', [{ name: '_charset_', body: 'nonsense' }, latin1File], { original_name: 'Müller.txt' }],
    ['a field', [file, { name: 'message_id', body: 'M\u00fcller' }], { message_id: 'Müller' }],
    ['metadata', [{ name: 'metadata', body: '{"by":"M\u00fcller"}' }, file], { metadata: { by: 'Müller' } }],
    [
      'a field of a charset of its own',
      [
        { name: 'message_id', body: '\u00ee', headers: 'Content-Type: text/plain; charset=windows-1251\r\n' },
        { name: '_charset_', body: 'iso-8859-1' },
        file,
      ],
      { message_id: 'о' },
    ],
    ['the name of another field', [{ name: '"gr\u00f6\u00dfe"', body: '1' }, file], { original_name: 'a.txt' }],
  ])('%s', async (_what, parts, expected) => {
    expect(await recordOf(await sendForm(parts))).toMatchObject(expected);
  });
});

test.each(['POST', 'PUT'])(
  'a form that is sent by %s to the route of raw bodies is told where to go',
  async (method) => {
    for (const type of ['multipart/form-data; boundary=edge', 'Multipart/Form-Data', undefined]) {
      const form = new FormData();
      form.append('file', new Blob(['hello']), 'a.txt');
      const body = type === undefined ? form : '--edge--\r\n';
      const headers: Record<string, string> = type === undefined ? {} : { 'Content-Type': type };
      const problem = await problemOf(await fetch(`${client.api}/files/stream`, { method, body, headers }));
      expect(problem).toMatchObject({ status: 400, code: 'invalid_request' });
      expect(problem.detail).toMatch(/\/api\/v1\/files$/);
    }
    const headers = { 'Content-Type': 'multipart/mixed; boundary=edge' };
    expect((await fetch(`${client.api}/files/stream`, { method, body: 'hello', headers })).status).toBe(201);
  },
);
