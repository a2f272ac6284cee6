import { createHash, randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { FileRecord, Problem } from '@wharf/contracts';
import type { Running } from '@wharf/service-kit';
import { newUid } from '@wharf/test-kit';
import { readOpenApi } from '../../../e2e/openapi.ts';
import { buildOpenApi } from '../src/docs/build-openapi.js';
import { append, create, fileOf, metadataOf, offsetOf, send, streamed } from './tus-client.js';
import { GatewayWorld } from './world.js';

let world: GatewayWorld;
let gateway: Running;
let strict: Running;

beforeAll(async () => {
  world = await GatewayWorld.open({ MAX_FILE_SIZE: '200000', CORS_ORIGINS: 'https://app.example.org' });
  gateway = await world.start({});
  strict = await world.start({ MAX_APPEND_SIZE: '10', ALLOWED_CONTENT_TYPES: 'text/*', MAX_FILE_SIZE: '200000' });
}, 60_000);

afterAll(() => world?.close(), 30_000);

type Headers = Record<string, string>;

/** What a creation is answered, and what it has made. */
interface Creation {
  headers: Headers;
  body?: string | ReadableStream;
  status: number;
  code?: string;
  answer?: Record<string, unknown>;
  /** Afterwards, at the address that it gave. */
  offset?: number;
  stored?: { text?: string; record?: Partial<FileRecord> };
}

const length = (bytes: number) => ({ 'Upload-Length': String(bytes) });
const deferred = { 'Upload-Defer-Length': '1' };
const sum = (algorithm: string, text: string) => `${algorithm} ${createHash(algorithm).update(text).digest('base64')}`;
const digest = (text: string) => `sha-256=:${createHash('sha256').update(text).digest('base64')}:`;
const inTheFuture = '2099-01-01T00:00:00.000Z';

const creations: Record<string, Creation> = {
  'a length': { headers: length(5), status: 201, answer: { 'Upload-Offset': '0', 'Wharf-File': null }, offset: 0 },
  'the greatest length': { headers: length(200_000), status: 201, offset: 0 },
  'a length that is said later': { headers: deferred, status: 201, offset: 0 },
  'an empty file': {
    headers: length(0),
    status: 201,
    answer: { 'Wharf-File': expect.stringMatching(/files/) },
    stored: { text: '' },
  },
  'an expiry that is told': {
    headers: length(5),
    status: 201,
    answer: { 'Upload-Expires': expect.stringMatching(/GMT$/) },
  },
  'a relative address': {
    headers: length(5),
    status: 201,
    answer: { Location: expect.stringMatching(/^\/api\/v1\/uploads\/[0-9a-f-]{36}$/) },
  },
  'limits that are told': { headers: length(5), status: 201, answer: { 'Upload-Limit': 'max-size=200000' } },
  'no length': { headers: {}, status: 400, code: 'invalid_request' },
  'a length, and that it comes later': { headers: { ...length(5), ...deferred }, status: 400, code: 'invalid_request' },
  'a negative length': { headers: { 'Upload-Length': '-1' }, status: 400, code: 'invalid_request' },
  'a length that is no number': { headers: { 'Upload-Length': 'five' }, status: 400, code: 'invalid_request' },
  'a fraction of a length': { headers: { 'Upload-Length': '1.5' }, status: 400, code: 'invalid_request' },
  'a length beyond numbers': { headers: { 'Upload-Length': '9'.repeat(30) }, status: 400, code: 'invalid_request' },
  'a length that is deferred in another way': {
    headers: { 'Upload-Defer-Length': '2' },
    status: 400,
    code: 'invalid_request',
  },
  'too great a length': { headers: length(200_001), status: 413, code: 'file_too_large' },
  'no version': {
    headers: { ...length(5), 'Tus-Resumable': '' },
    status: 412,
    code: 'precondition_failed',
    answer: { 'Tus-Version': '1.0.0', 'Tus-Resumable': '1.0.0' },
  },
  'another version': {
    headers: { ...length(5), 'Tus-Resumable': '0.2.2' },
    status: 412,
    code: 'precondition_failed',
    answer: { 'Tus-Version': '1.0.0' },
  },
  'a name and a type': {
    headers: { ...length(2), ...metadataOf({ filename: 'отчёт.csv', filetype: 'text/csv' }) },
    body: 'a,',
    status: 201,
    stored: { record: { original_name: 'отчёт.csv', content_type: 'text/csv', size_bytes: 2 } },
  },
  'names as Uppy calls them': {
    headers: { ...length(2), ...metadataOf({ name: 'a.csv', type: 'text/csv', relativePath: 'null' }) },
    body: 'a,',
    status: 201,
    stored: { record: { original_name: 'a.csv', content_type: 'text/csv' } },
  },
  'a key without a value': {
    headers: { ...length(1), 'Upload-Metadata': 'filename YS50eHQ=,is_confidential' },
    body: 'a',
    status: 201,
    stored: { record: { original_name: 'a.txt' } },
  },
  'all options': {
    headers: {
      ...length(1),
      ...metadataOf({
        expires_at: inTheFuture,
        max_downloads: '3',
        message_id: 'm-1',
        metadata: '{"a":[1]}',
        visibility: 'public',
      }),
    },
    body: 'a',
    status: 201,
    stored: {
      record: {
        expires_at: inTheFuture,
        max_downloads: 3,
        message_id: 'm-1',
        metadata: { a: [1] },
        visibility: 'public',
      },
    },
  },
  'an expiry in seconds': {
    headers: { ...length(1), ...metadataOf({ expires_in: '60' }) },
    body: 'a',
    status: 201,
    stored: { record: { expires_at: expect.stringMatching(/Z$/) as unknown as string } },
  },
  'no name': { headers: length(1), body: 'a', status: 201, stored: { record: { original_name: 'unnamed' } } },
  'a path for a name': {
    headers: { ...length(1), ...metadataOf({ filename: '../../etc/passwd' }) },
    body: 'a',
    status: 201,
    stored: { record: { original_name: 'passwd' } },
  },
  'metadata that is no Base64': {
    headers: { ...length(1), 'Upload-Metadata': 'filename *' },
    status: 400,
    code: 'invalid_request',
  },
  'metadata that is no UTF-8': {
    headers: { ...length(1), 'Upload-Metadata': 'filename /w==' },
    status: 400,
    code: 'invalid_request',
  },
  'a key that is given twice': {
    headers: { ...length(1), 'Upload-Metadata': 'a YQ==,a YQ==' },
    status: 400,
    code: 'invalid_request',
  },
  'three words for a pair': {
    headers: { ...length(1), 'Upload-Metadata': 'a YQ== YQ==' },
    status: 400,
    code: 'invalid_request',
  },
  'an empty pair': {
    headers: { ...length(1), 'Upload-Metadata': 'a YQ==,,b YQ==' },
    status: 400,
    code: 'invalid_request',
  },
  'an option that is not valid': {
    headers: { ...length(1), ...metadataOf({ max_downloads: '0' }) },
    status: 400,
    code: 'invalid_request',
  },
  'an option that is misspelled': {
    headers: { ...length(1), ...metadataOf({ max_download: '1' }) },
    status: 400,
    code: 'invalid_request',
  },
  'two expiries': {
    headers: { ...length(1), ...metadataOf({ expires_in: '1', expires_at: inTheFuture }) },
    status: 400,
    code: 'invalid_request',
  },
  'an expiry that has passed': {
    headers: { ...length(1), ...metadataOf({ expires_at: '2001-01-01T00:00:00Z' }) },
    status: 400,
    code: 'invalid_request',
  },
  'metadata that is no JSON': {
    headers: { ...length(1), ...metadataOf({ metadata: '{' }) },
    status: 400,
    code: 'invalid_request',
  },
  'another visibility': {
    headers: { ...length(1), ...metadataOf({ visibility: 'secret' }) },
    status: 400,
    code: 'invalid_request',
  },
  'its first bytes': {
    headers: length(9),
    body: 'hello',
    status: 201,
    answer: { 'Upload-Offset': '5', 'Wharf-File': null },
    offset: 5,
  },
  'all its bytes': {
    headers: length(5),
    body: 'hello',
    status: 201,
    answer: { 'Upload-Offset': '5', 'Wharf-File': expect.stringMatching(/files/) },
    stored: { text: 'hello' },
  },
  'all its bytes, chunked': { headers: length(5), body: streamed('hel', 'lo'), status: 201, stored: { text: 'hello' } },
  'bytes of a length that comes later': {
    headers: deferred,
    body: 'hello',
    status: 201,
    answer: { 'Upload-Offset': '5' },
    offset: 5,
  },
  'bytes beyond its length': { headers: length(4), body: 'hello', status: 413, code: 'file_too_large' },
  'bytes of another type': {
    headers: { ...length(5), 'Content-Type': 'text/plain' },
    body: 'hello',
    status: 415,
    code: 'content_type_not_allowed',
  },
  'bytes that are coded': {
    headers: { ...length(5), 'Content-Encoding': 'gzip' },
    body: 'hello',
    status: 415,
    code: 'unsupported_encoding',
  },
  'a true checksum': {
    headers: { ...length(5), 'Upload-Checksum': sum('sha1', 'hello') },
    body: 'hello',
    status: 201,
    stored: { text: 'hello' },
  },
  'a true digest of the whole file': {
    headers: { ...length(5), 'Repr-Digest': digest('hello') },
    body: 'hello',
    status: 201,
    stored: { text: 'hello' },
  },
  'a false digest of the whole file': {
    headers: { ...length(5), 'Repr-Digest': digest('hallo') },
    body: 'hello',
    status: 400,
    code: 'digest_mismatch',
  },
  'a digest that is none': {
    headers: { ...length(5), 'Repr-Digest': 'sha-256=:aGFsbG8=:' },
    status: 400,
    code: 'invalid_request',
  },
  'a false checksum': {
    headers: { ...length(5), 'Upload-Checksum': sum('sha1', 'other') },
    body: 'hello',
    status: 460,
    code: 'checksum_mismatch',
  },
};

const document = readOpenApi(JSON.parse(JSON.stringify(buildOpenApi())));

/** What is wrong with an answer by the document of the API. */
function complaints(method: string, answer: Response): Promise<string[]> {
  const path = /\/uploads\/./.test(answer.url) ? '/api/v1/uploads/{uid}' : '/api/v1/uploads';
  const operation = document.operations.find((each) => each.path === path && each.method === method.toLowerCase());
  return operation ? document.complaints(operation, answer) : Promise.resolve([]);
}

const stagedFiles = () => readdir(path.join(world.volumeDir, 'incoming'));

async function expectStored(url: string, { record, text }: NonNullable<Creation['stored']>): Promise<void> {
  const head = await send('HEAD', url);
  expect(head.headers.get('Upload-Offset')).toBe(head.headers.get('Upload-Length'));
  expect(new URL(head.headers.get('Wharf-File') as string, url).href).toBe(fileOf(url));
  if (text !== undefined) expect(await (await fetch(fileOf(url))).text()).toBe(text);
  const recorded = (await (await fetch(`${fileOf(url)}/metadata`)).json()) as FileRecord;
  expect(recorded).toMatchObject({ uid: url.split('/').at(-1), ...record });
}

test.each(Object.entries(creations))('creation with %s', async (_what, wanted) => {
  const before = await stagedFiles();
  const { body, headers } = wanted;
  const answer = await send('POST', `${gateway.url}/api/v1/uploads`, { headers, body });
  expect(await complaints('POST', answer.clone())).toEqual([]);
  const text = await answer.text();
  expect([answer.status, text === '' ? undefined : (JSON.parse(text) as Problem).code]).toEqual([
    wanted.status,
    wanted.code,
  ]);
  for (const [name, value] of Object.entries({ 'Tus-Resumable': '1.0.0', ...wanted.answer })) {
    expect([name, answer.headers.get(name)]).toEqual([name, value]);
  }
  // What is refused leaves nothing.
  if (answer.status !== 201) return expect(await stagedFiles()).toEqual(before);
  const url = new URL(answer.headers.get('Location') as string, gateway.url).href;
  if (wanted.stored) return expectStored(url, wanted.stored);
  if (wanted.offset !== undefined) expect(await offsetOf(url)).toBe(wanted.offset);
});

/** An upload, one request to it, and what came of both. */
interface Step {
  /** Bytes of the upload; undefined where they are said later. */
  of: number | undefined;
  has?: string;
  does: string;
  headers?: Headers;
  body?: string | (() => ReadableStream);
  on?: 'strict';
  status: number;
  code?: string;
  answer?: Record<string, unknown>;
  offset?: number | 'gone';
  stored?: string;
}

const at = (offset: number | string) => ({ 'Upload-Offset': String(offset) });
const by = (method: string) => ({ 'X-HTTP-Method-Override': method });

const steps: Record<string, Step> = {
  'the first bytes': {
    of: 11,
    does: 'PATCH',
    headers: at(0),
    body: 'hello ',
    status: 204,
    answer: { 'Upload-Offset': '6', 'Wharf-File': null },
    offset: 6,
  },
  'the next bytes': {
    of: 13,
    has: 'hello ',
    does: 'PATCH',
    headers: at(6),
    body: 'wor',
    status: 204,
    answer: { 'Upload-Offset': '9' },
    offset: 9,
  },
  'the last bytes': {
    of: 11,
    has: 'hello ',
    does: 'PATCH',
    headers: at(6),
    body: 'world',
    status: 204,
    answer: { 'Upload-Offset': '11', 'Wharf-File': expect.stringMatching(/^\/api\/v1\/files\//) },
    stored: 'hello world',
  },
  'all bytes': { of: 5, does: 'PATCH', headers: at(0), body: 'hello', status: 204, stored: 'hello' },
  'chunked bytes': {
    of: 5,
    does: 'PATCH',
    headers: at(0),
    body: () => streamed('he', 'llo'),
    status: 204,
    stored: 'hello',
  },
  'no bytes': {
    of: 5,
    has: 'he',
    does: 'PATCH',
    headers: at(2),
    body: '',
    status: 204,
    answer: { 'Upload-Offset': '2' },
    offset: 2,
  },
  'an expiry that is told again': {
    of: 5,
    does: 'PATCH',
    headers: at(0),
    body: 'he',
    status: 204,
    answer: { 'Upload-Expires': expect.stringMatching(/GMT$/) },
  },
  'an offset behind the upload': {
    of: 5,
    has: 'he',
    does: 'PATCH',
    headers: at(3),
    body: 'lo',
    status: 409,
    code: 'offset_mismatch',
    offset: 2,
  },
  'an offset before its end': {
    of: 5,
    has: 'he',
    does: 'PATCH',
    headers: at(0),
    body: 'hello',
    status: 409,
    code: 'offset_mismatch',
    offset: 2,
  },
  'no offset': { of: 5, does: 'PATCH', body: 'hello', status: 400, code: 'invalid_request', offset: 0 },
  'an offset that is none': {
    of: 5,
    does: 'PATCH',
    headers: at('x'),
    body: 'hello',
    status: 400,
    code: 'invalid_request',
    offset: 0,
  },
  'a negative offset': {
    of: 5,
    does: 'PATCH',
    headers: at(-1),
    body: 'hello',
    status: 400,
    code: 'invalid_request',
    offset: 0,
  },
  'another type': {
    of: 5,
    does: 'PATCH',
    headers: { ...at(0), 'Content-Type': 'application/octet-stream' },
    body: 'hello',
    status: 415,
    code: 'content_type_not_allowed',
    offset: 0,
  },
  'a coded body': {
    of: 5,
    does: 'PATCH',
    headers: { ...at(0), 'Content-Encoding': 'gzip' },
    body: 'hello',
    status: 415,
    code: 'unsupported_encoding',
    offset: 0,
  },
  'a range': {
    of: 5,
    does: 'PATCH',
    headers: { ...at(0), 'Content-Range': 'bytes 0-4/5' },
    body: 'hello',
    status: 400,
    code: 'invalid_request',
    offset: 0,
  },
  'no version': {
    of: 5,
    does: 'PATCH',
    headers: { ...at(0), 'Tus-Resumable': '' },
    body: 'hello',
    status: 412,
    code: 'precondition_failed',
    offset: 0,
  },
  'too many bytes': {
    of: 4,
    has: 'he',
    does: 'PATCH',
    headers: at(2),
    body: 'llo',
    status: 413,
    code: 'file_too_large',
    offset: 2,
  },
  'too many chunked bytes': {
    of: 4,
    has: 'he',
    does: 'PATCH',
    headers: at(2),
    body: () => streamed('llo'),
    status: 413,
    code: 'file_too_large',
    offset: 2,
  },
  'more than a request may append': {
    on: 'strict',
    of: 50,
    does: 'PATCH',
    headers: at(0),
    body: 'hello world',
    status: 413,
    code: 'file_too_large',
    answer: { 'Upload-Limit': 'max-size=200000, max-append-size=10' },
    offset: 0,
  },
  'as much as a request may append': {
    on: 'strict',
    of: 50,
    does: 'PATCH',
    headers: at(0),
    body: 'hello worl',
    status: 204,
    offset: 10,
  },
  'more than a request may append, chunked': {
    on: 'strict',
    of: 50,
    does: 'PATCH',
    headers: at(0),
    body: () => streamed('hello ', 'world'),
    status: 413,
    code: 'file_too_large',
  },
  'a file of a type that is not allowed': {
    on: 'strict',
    of: 9,
    does: 'PATCH',
    headers: at(0),
    body: '\u0089PNG\r\n\u001a\n',
    status: 415,
    code: 'content_type_not_allowed',
    offset: 'gone',
  },
  'a true SHA-1': {
    of: 5,
    does: 'PATCH',
    headers: { ...at(0), 'Upload-Checksum': sum('sha1', 'hello') },
    body: 'hello',
    status: 204,
    stored: 'hello',
  },
  'a true SHA-256': {
    of: 5,
    has: 'he',
    does: 'PATCH',
    headers: { ...at(2), 'Upload-Checksum': sum('sha256', 'llo') },
    body: 'llo',
    status: 204,
    stored: 'hello',
  },
  'a true MD5': {
    of: 9,
    does: 'PATCH',
    headers: { ...at(0), 'Upload-Checksum': sum('md5', 'hello') },
    body: 'hello',
    status: 204,
    offset: 5,
  },
  'a false SHA-1': {
    of: 5,
    does: 'PATCH',
    headers: { ...at(0), 'Upload-Checksum': sum('sha1', 'hallo') },
    body: 'hello',
    status: 460,
    code: 'checksum_mismatch',
    offset: 0,
  },
  'a false SHA-256 of the last bytes': {
    of: 5,
    has: 'he',
    does: 'PATCH',
    headers: { ...at(2), 'Upload-Checksum': sum('sha256', 'hello') },
    body: 'llo',
    status: 460,
    code: 'checksum_mismatch',
    offset: 2,
  },
  'a false MD5': {
    of: 5,
    does: 'PATCH',
    headers: { ...at(0), 'Upload-Checksum': sum('md5', 'hallo') },
    body: () => streamed('hel', 'lo'),
    status: 460,
    code: 'checksum_mismatch',
    offset: 0,
  },
  'a true digest of the piece': {
    of: 9,
    does: 'PATCH',
    headers: { ...at(0), 'Content-Digest': digest('hello') },
    body: 'hello',
    status: 204,
    offset: 5,
  },
  'a false digest of the piece': {
    of: 9,
    does: 'PATCH',
    headers: { ...at(0), 'Content-Digest': digest('hallo') },
    body: 'hello',
    status: 400,
    code: 'digest_mismatch',
    offset: 0,
  },
  'a false Content-MD5': {
    of: 9,
    does: 'PATCH',
    headers: { ...at(0), 'Content-MD5': createHash('md5').update('hallo').digest('base64') },
    body: 'hello',
    status: 400,
    code: 'digest_mismatch',
    offset: 0,
  },
  'a checksum and a digest, of which one is false': {
    of: 9,
    does: 'PATCH',
    headers: { ...at(0), 'Content-Digest': digest('hello'), 'Upload-Checksum': sum('sha1', 'hallo') },
    body: 'hello',
    status: 460,
    code: 'checksum_mismatch',
    offset: 0,
  },
  'chunked bytes for what is a file': {
    of: 5,
    has: 'hello',
    does: 'PATCH',
    headers: at(5),
    body: () => streamed('x'),
    status: 413,
    code: 'file_too_large',
    stored: 'hello',
  },
  'an algorithm that is not told': {
    of: 5,
    does: 'PATCH',
    headers: { ...at(0), 'Upload-Checksum': 'crc32 AAAAAA==' },
    body: 'hello',
    status: 400,
    code: 'invalid_request',
    offset: 0,
  },
  'a checksum that is too short': {
    of: 5,
    does: 'PATCH',
    headers: { ...at(0), 'Upload-Checksum': 'sha1 AAAA' },
    body: 'hello',
    status: 400,
    code: 'invalid_request',
    offset: 0,
  },
  'a length at last': {
    of: undefined,
    has: 'he',
    does: 'PATCH',
    headers: { ...at(2), ...length(5) },
    body: 'llo',
    status: 204,
    stored: 'hello',
  },
  'a length and no bytes': {
    of: undefined,
    has: 'hello',
    does: 'PATCH',
    headers: { ...at(5), ...length(5) },
    body: '',
    status: 204,
    stored: 'hello',
  },
  'a length that is too short': {
    of: undefined,
    has: 'hello',
    does: 'PATCH',
    headers: { ...at(5), ...length(4) },
    body: '',
    status: 400,
    code: 'invalid_request',
    offset: 5,
  },
  'a length that is too great': {
    of: undefined,
    has: 'hello',
    does: 'PATCH',
    headers: { ...at(5), ...length(200_001) },
    body: '',
    status: 413,
    code: 'file_too_large',
    offset: 5,
  },
  'another length': {
    of: 9,
    has: 'he',
    does: 'PATCH',
    headers: { ...at(2), ...length(8) },
    body: 'llo',
    status: 400,
    code: 'invalid_request',
    offset: 2,
  },
  'the same length': {
    of: 5,
    has: 'he',
    does: 'PATCH',
    headers: { ...at(2), ...length(5) },
    body: 'llo',
    status: 204,
    stored: 'hello',
  },
  'an offset of what has begun': {
    of: 9,
    has: 'hello',
    does: 'HEAD',
    status: 200,
    answer: {
      'Upload-Offset': '5',
      'Upload-Length': '9',
      'Upload-Defer-Length': null,
      'Cache-Control': 'no-store',
      'Wharf-File': null,
    },
  },
  'an offset of what has no length': {
    of: undefined,
    has: 'hello',
    does: 'HEAD',
    status: 200,
    answer: { 'Upload-Offset': '5', 'Upload-Length': null, 'Upload-Defer-Length': '1' },
  },
  'an offset of a file': {
    of: 5,
    has: 'hello',
    does: 'HEAD',
    status: 200,
    answer: { 'Upload-Offset': '5', 'Upload-Length': '5', 'Wharf-File': expect.stringMatching(/files/) },
  },
  'an offset without a version': { of: 5, does: 'HEAD', headers: { 'Tus-Resumable': '' }, status: 412 },
  'bytes for what is a file': {
    of: 5,
    has: 'hello',
    does: 'PATCH',
    headers: at(5),
    body: 'x',
    status: 413,
    code: 'file_too_large',
    stored: 'hello',
  },
  'the last request once more': {
    of: 5,
    has: 'hello',
    does: 'PATCH',
    headers: at(0),
    body: 'hello',
    status: 409,
    code: 'offset_mismatch',
    stored: 'hello',
  },
  'nothing for what is a file': {
    of: 5,
    has: 'hello',
    does: 'PATCH',
    headers: at(5),
    body: '',
    status: 204,
    answer: { 'Wharf-File': expect.stringMatching(/files/) },
    stored: 'hello',
  },
  'the first bytes for what is a file': {
    of: 5,
    has: 'hello',
    does: 'PATCH',
    headers: at(0),
    body: 'hello',
    status: 409,
    code: 'offset_mismatch',
    stored: 'hello',
  },
  'the end of what is a file': {
    of: 5,
    has: 'hello',
    does: 'HEAD',
    status: 200,
    answer: { 'Upload-Offset': '5', 'Upload-Expires': null, 'Wharf-File': expect.stringMatching(/files/) },
  },
  'its end': { of: 5, has: 'he', does: 'DELETE', status: 204, offset: 'gone' },
  'its end, without a version': {
    of: 5,
    has: 'he',
    does: 'DELETE',
    headers: { 'Tus-Resumable': '' },
    status: 412,
    code: 'precondition_failed',
    offset: 2,
  },
  'PATCH by POST': {
    of: 5,
    does: 'POST',
    headers: { ...by('PATCH'), ...at(0) },
    body: 'hello',
    status: 204,
    stored: 'hello',
  },
  'HEAD by POST': {
    of: 5,
    has: 'he',
    does: 'POST',
    headers: by('HEAD'),
    status: 200,
    answer: { 'Upload-Offset': '2' },
    offset: 2,
  },
  'DELETE by POST': { of: 5, has: 'he', does: 'POST', headers: by('DELETE'), status: 204, offset: 'gone' },
  'POST by itself': { of: 5, does: 'POST', status: 405, code: 'method_not_allowed', offset: 0 },
  'PUT by POST': { of: 5, does: 'POST', headers: by('PUT'), status: 405, code: 'method_not_allowed', offset: 0 },
  GET: { of: 5, does: 'GET', status: 405, code: 'method_not_allowed', offset: 0 },
  OPTIONS: {
    of: 5,
    does: 'OPTIONS',
    headers: { 'Tus-Resumable': '' },
    status: 204,
    answer: { 'Tus-Version': '1.0.0' },
    offset: 0,
  },
};

test.each(Object.entries(steps))('%s', async (_what, step) => {
  const { url: at } = step.on === 'strict' ? strict : gateway;
  const url = await create(at, step.of === undefined ? deferred : length(step.of));
  if (step.has) expect((await append(url, 0, step.has)).status).toBe(204);
  const body = typeof step.body === 'function' ? step.body() : step.body;
  const answer = await send(step.does, url, { headers: step.headers ?? {}, body });
  expect(await complaints(step.does, answer.clone())).toEqual([]);
  const text = await answer.text();
  expect([answer.status, text === '' ? undefined : (JSON.parse(text) as Problem).code]).toEqual([
    step.status,
    step.code,
  ]);
  for (const [name, value] of Object.entries({ 'Tus-Resumable': expect.anything(), ...step.answer })) {
    if (step.does !== 'GET') expect([name, answer.headers.get(name)]).toEqual([name, value]);
  }
  if (step.stored !== undefined) return expectStored(url, { text: step.stored });
  if (step.offset !== undefined) expect(await offsetOf(url)).toBe(step.offset === 'gone' ? undefined : step.offset);
});

test.each([
  ['no upload', () => newUid()],
  ['no uid', () => 'nothing'],
])('%s is not there, for any verb', async (_what, uid) => {
  const url = `${gateway.url}/api/v1/uploads/${uid()}`;
  expect((await send('HEAD', url)).status).toBe(404);
  expect((await append(url, 0, 'a')).status).toBe(404);
  expect((await send('DELETE', url)).status).toBe(404);
});

test('an end leaves nothing, and the file of a whole upload stays', async () => {
  const before = await stagedFiles();
  const url = await create(gateway.url, length(9));
  await append(url, 0, 'hello');
  expect((await send('DELETE', url)).status).toBe(204);
  expect(await stagedFiles()).toEqual(before);
  expect((await send('DELETE', url)).status).toBe(404);

  const whole = await create(gateway.url, length(5));
  await append(whole, 0, 'hello');
  expect((await send('DELETE', whole)).status).toBe(204);
  const head = await send('HEAD', whole);
  expect([head.status, head.headers.get('Upload-Offset'), head.headers.get('Cache-Control')]).toEqual([
    404,
    null,
    'no-store',
  ]);
  expect([(await append(whole, 5, '')).status, (await send('DELETE', whole)).status]).toEqual([404, 404]);
  expect(await (await fetch(fileOf(whole))).text()).toBe('hello');
});

test('what is there is told without credentials, and to pages of other origins', async () => {
  const answer = await fetch(`${gateway.url}/api/v1/uploads`, { method: 'OPTIONS' });
  expect(answer.status).toBe(204);
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'tus-resumable': '1.0.0',
    'tus-version': '1.0.0',
    'tus-max-size': '200000',
    'tus-checksum-algorithm': 'sha1,sha256,md5',
  });
  expect(answer.headers.get('Tus-Extension')?.split(',')).toEqual(expect.arrayContaining(['creation', 'termination']));
  const origin = { Origin: 'https://app.example.org' };
  const preflight = await fetch(`${gateway.url}/api/v1/uploads/${newUid()}`, {
    method: 'OPTIONS',
    headers: {
      ...origin,
      'Access-Control-Request-Method': 'PATCH',
      'Access-Control-Request-Headers': 'upload-offset,tus-resumable,content-type',
    },
  });
  expect(preflight.headers.get('Access-Control-Allow-Methods')).toMatch(/PATCH/);
  expect(preflight.headers.get('Access-Control-Allow-Headers')).toBe('upload-offset,tus-resumable,content-type');
  const created = await send('POST', `${gateway.url}/api/v1/uploads`, { headers: { ...length(1), ...origin } });
  const exposed = created.headers.get('Access-Control-Expose-Headers')?.split(',') ?? [];
  expect(exposed).toEqual(
    expect.arrayContaining(['Location', 'Upload-Offset', 'Tus-Resumable', 'Upload-Limit', 'Wharf-File']),
  );
});

test('what was sent about the file is told again', async () => {
  const sent = metadataOf({ filename: 'a.txt', caption: 'ä' });
  const url = await create(gateway.url, { ...length(5), ...sent });
  expect((await send('HEAD', url)).headers.get('Upload-Metadata')).toBe(sent['Upload-Metadata']);
});

test('pieces of any length are one file, with the digest of all of it', async () => {
  const bytes = randomBytes(150_001);
  const url = await create(gateway.url, length(bytes.length));
  const ends = [1, 4095, 4096, 4097, 70_000, 150_000, 150_001];
  let offset = 0;
  for (const [index, end] of ends.entries()) {
    // In turns by two gateways: one of them has to read what the other has received.
    const through = index % 3 === 2 ? url.replace(gateway.url, strict.url) : url;
    const piece = bytes.subarray(offset, Math.min(end, through === url ? end : offset + 10));
    expect((await append(through, offset, piece)).status).toBe(204);
    offset += piece.length;
  }
  expect((await append(url, offset, bytes.subarray(offset))).status).toBe(204);
  const file = await fetch(fileOf(url));
  expect(Buffer.from(await file.arrayBuffer()).equals(bytes)).toBe(true);
  expect(file.headers.get('ETag')).toBe(`"${createHash('sha256').update(bytes).digest('hex')}"`);
});

const partial = { 'Upload-Concat': 'partial' };
const finalOf = (...urls: string[]) => ({ 'Upload-Concat': `final;${urls.join(' ')}` });
const pathOf = (url: string) => new URL(url).pathname;

async function part(text: string, whole = text): Promise<string> {
  const url = await create(gateway.url, { ...length(whole.length), ...partial });
  expect((await append(url, 0, text)).status).toBe(204);
  return url;
}

const join = (headers: Headers, body?: string) => send('POST', `${gateway.url}/api/v1/uploads`, { headers, body });

test('parts are joined in their order to one file, once', async () => {
  const before = await stagedFiles();
  const [hello, world] = [await part('hello '), await part('world')];
  const head = await send('HEAD', hello);
  expect([head.headers.get('Upload-Concat'), head.headers.get('Wharf-File')]).toEqual(['partial', null]);
  expect((await fetch(fileOf(hello))).status).toBe(404);

  const headers = { ...finalOf(pathOf(hello), world), ...metadataOf({ filename: 'joined.txt' }) };
  const joined = await join(headers);
  expect(joined.status).toBe(201);
  const url = new URL(joined.headers.get('Location') as string, gateway.url).href;
  await expectStored(url, { text: 'hello world', record: { original_name: 'joined.txt', size_bytes: 11 } });
  expect((await send('HEAD', url)).headers.get('Upload-Concat')).toBe(`final;${pathOf(hello)} ${pathOf(world)}`);
  expect(await stagedFiles()).toEqual(before);
  // Its answer may have been lost.
  expect((await join(headers)).headers.get('Location')).toBe(pathOf(url));
  expect((await append(url, 11, 'x')).status).toBe(403);
  expect((await join(finalOf(world, hello))).status).toBe(400);
  // Its parts are used up with it.
  expect((await send('DELETE', url)).status).toBe(204);
  expect((await join(headers)).status).toBe(400);
  expect(await (await fetch(fileOf(url))).text()).toBe('hello world');
});

test.each<[string, () => Promise<Headers> | Headers, number, string]>([
  ['a part that is not complete', async () => finalOf(await part('hello', 'hello world')), 409, 'conflict'],
  ['a part that is none', async () => finalOf(await create(gateway.url, length(5))), 400, 'invalid_request'],
  ['a file', async () => finalOf(await create(gateway.url, length(0))), 400, 'invalid_request'],
  ['a part that is not there', () => finalOf(`/api/v1/uploads/${newUid()}`), 404, 'file_not_found'],
  ['no parts', () => ({ 'Upload-Concat': 'final;' }), 400, 'invalid_request'],
  ['a part of another kind', () => finalOf('/api/v1/files/x'), 400, 'invalid_request'],
  ['another word', () => ({ 'Upload-Concat': 'whole' }), 400, 'invalid_request'],
  ['a length of its own', async () => ({ ...finalOf(await part('a')), ...length(1) }), 400, 'invalid_request'],
  [
    'more than a file may have',
    async () => {
      const half = await part('a'.repeat(150_000));
      return finalOf(half, half);
    },
    413,
    'file_too_large',
  ],
])('%s is not joined', async (_what, headersOf, status, code) => {
  const answer = await join(await headersOf());
  expect([answer.status, ((await answer.json()) as Problem).code]).toEqual([status, code]);
});
