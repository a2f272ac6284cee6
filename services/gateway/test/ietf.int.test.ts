import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { FileRecord } from '@wharf/contracts';
import type { Running } from '@wharf/service-kit';
import { newUid } from '@wharf/test-kit';
import { addressIn, append, at, begin, type DraftAnswer, last, more, offsetOf, partial, send } from './ietf-client.js';
import * as tus from './tus-client.js';
import { GatewayWorld } from './world.js';

let world: GatewayWorld;
let gateway: Running;
let strict: Running;

beforeAll(async () => {
  world = await GatewayWorld.open({ MAX_FILE_SIZE: '200000' });
  gateway = await world.start();
  strict = await world.start({ MAX_APPEND_SIZE: '10', ALLOWED_CONTENT_TYPES: 'text/*' });
}, 60_000);

afterAll(() => world?.close(), 30_000);

type Headers = Record<string, string>;

const registry = 'https://iana.org/assignments/http-problem-types#';
const inconsistent = { code: 'invalid_request', type: `${registry}inconsistent-upload-length` };
const length = (bytes: number | string) => ({ 'Upload-Length': String(bytes) });
const sha256 = (text: string) => `sha-256=:${createHash('sha256').update(text).digest('base64')}:`;
const md5 = (text: string) => createHash('md5').update(text).digest('base64');
const version = (value: string) => ({ 'Upload-Draft-Interop-Version': value });
const isUpload = expect.stringMatching(/^\/api\/v1\/uploads\/[0-9a-f-]{36}$/);
const isFile = expect.stringMatching(/^\/api\/v1\/files\/[0-9a-f-]{36}$/);
const limit = expect.stringMatching(/^max-size=200000, max-age=\d+$/);
/** What says that an upload is resumable, in the newest version. */
const told = { location: isUpload, 'upload-limit': limit, 'upload-draft-interop-version': '10' };

interface Wanted {
  status: number;
  /** Members of the problem. */
  problem?: Record<string, unknown>;
  /** Headers of the answer; undefined for those that are not there. */
  answer?: Record<string, unknown>;
  interim?: Record<string, unknown>[];
  offset?: number | 'gone';
  stored?: string;
  record?: Partial<FileRecord>;
}

interface Creation extends Wanted {
  headers: Headers;
  body?: string | string[];
  method?: string;
  query?: string;
  on?: 'strict';
}

const whole = { status: 201, answer: { 'upload-complete': '?1', location: isFile }, stored: 'hello' };
const begun = { status: 201, answer: { 'upload-complete': '?0', location: isUpload, 'upload-limit': limit } };

const creations: Record<string, Creation> = {
  'all bytes': { headers: last, body: 'hello', ...whole, interim: [told] },
  'all bytes, whose number is told': { headers: { ...last, ...length(5) }, body: 'hello', ...whole, interim: [told] },
  'no bytes at all': { headers: last, ...whole, stored: '' },
  'all bytes, chunked': { headers: last, body: ['hel', 'lo'], ...whole },
  'as many chunked bytes as told': { headers: { ...last, ...length(5) }, body: ['hel', 'lo'], ...whole },
  'fewer chunked bytes than told': {
    headers: { ...last, ...length(6) },
    body: ['hel', 'lo'],
    status: 400,
    problem: inconsistent,
  },
  'more chunked bytes than told': {
    headers: { ...last, ...length(4) },
    body: ['hel', 'lo'],
    status: 400,
    problem: inconsistent,
  },
  'another length than its body': {
    headers: { ...last, ...length(4) },
    body: 'hello',
    status: 400,
    problem: inconsistent,
    answer: { 'upload-complete': '?0' },
    interim: [],
  },
  nothing: { headers: more, ...begun, interim: [told], offset: 0 },
  'nothing but a length': { headers: { ...more, ...length(5) }, ...begun, offset: 0 },
  'the first bytes': { headers: more, body: 'hello', ...begun, interim: [told], offset: 5 },
  'the first bytes of a length': { headers: { ...more, ...length(9) }, body: 'hello', ...begun, offset: 5 },
  'all bytes, and no word that they are': { headers: { ...more, ...length(5) }, body: 'hello', ...begun, offset: 5 },
  'the first bytes, chunked': { headers: more, body: ['hel', 'lo'], ...begun, offset: 5 },
  'bytes beyond their length': {
    headers: { ...more, ...length(4) },
    body: 'hello',
    status: 400,
    problem: inconsistent,
  },
  'too great a length': {
    headers: { ...more, ...length(200_001) },
    status: 413,
    problem: { code: 'file_too_large' },
    answer: { 'upload-complete': '?0', 'upload-limit': 'max-size=200000' },
    interim: [],
  },
  'more than a request may append': {
    on: 'strict',
    headers: last,
    body: 'hello world',
    status: 413,
    problem: { code: 'file_too_large' },
    answer: { 'upload-limit': 'max-size=200000, max-append-size=10' },
  },
  'a type that is not allowed': {
    on: 'strict',
    headers: last,
    body: '\u0089PNG\r\n\u001a\n',
    status: 415,
    problem: { code: 'content_type_not_allowed' },
    answer: { 'upload-complete': '?1' },
  },
  'no version, and all bytes': {
    headers: { ...last, ...version('') },
    body: 'hello',
    ...whole,
    interim: [],
  },
  'no version, and the first bytes': {
    headers: { ...more, ...version('') },
    body: 'hello',
    ...begun,
    interim: [],
    offset: 5,
  },
  'a version that is not spoken': { headers: { ...last, ...version('9') }, body: 'hello', ...whole, interim: [] },
  'a version that is no Integer': { headers: { ...last, ...version('10.0') }, body: 'hello', ...whole, interim: [] },
  'the version of URLSession': {
    headers: { ...last, ...version('6') },
    body: 'hello',
    ...whole,
    answer: { ...whole.answer, 'upload-draft-interop-version': '6' },
    interim: [
      {
        location: isUpload,
        'upload-draft-interop-version': '6',
        'upload-limit': expect.stringMatching(/, expires=\d+$/),
      },
    ],
  },
  'a word that is no Boolean': {
    headers: { 'Upload-Complete': 'yes' },
    body: 'hello',
    ...whole,
    answer: { 'upload-complete': undefined, location: isFile },
    interim: [],
  },
  'a number for the word': {
    headers: { 'Upload-Complete': '1' },
    body: 'hello',
    ...whole,
    answer: { 'upload-complete': undefined },
    interim: [],
  },
  'two words': {
    headers: { 'Upload-Complete': '?0, ?0' },
    body: 'hello',
    ...whole,
    answer: { 'upload-complete': undefined },
    interim: [],
  },
  'a word with a parameter': { headers: { 'Upload-Complete': '?1;a=b' }, body: 'hello', ...whole, interim: [told] },
  'a length that is ignored': { headers: { ...last, ...length('-1') }, body: 'hello', ...whole, interim: [told] },
  'a name and a type': {
    headers: { ...last, 'Content-Disposition': "inline; filename*=UTF-8''%D0%BE.csv", 'Content-Type': 'text/csv' },
    body: 'a,',
    status: 201,
    stored: 'a,',
    record: { original_name: 'о.csv', content_type: 'text/csv', size_bytes: 2 },
  },
  options: {
    headers: last,
    query: '?filename=a.txt&max_downloads=3&message_id=m-1&visibility=public',
    body: 'hello',
    ...whole,
    record: { original_name: 'a.txt', max_downloads: 3, message_id: 'm-1', visibility: 'public' },
  },
  'an option that is not valid': {
    headers: last,
    query: '?max_downloads=0',
    body: 'hello',
    status: 400,
    problem: { code: 'invalid_request' },
    interim: [],
  },
  PUT: { method: 'PUT', headers: last, body: 'hello', ...whole, interim: [told] },
  'PUT, and more': { method: 'PUT', headers: more, body: 'hello', ...begun, offset: 5 },
  'a key': { headers: { ...last, 'Idempotency-Key': newUid() }, body: 'hello', ...whole, interim: [] },
  'a key, and more': {
    headers: { ...more, 'Idempotency-Key': newUid() },
    body: 'hello',
    status: 400,
    problem: { code: 'invalid_request' },
  },
  'a true digest of the file': {
    headers: { ...last, 'Repr-Digest': sha256('hello') },
    body: 'hello',
    ...whole,
    interim: [told],
  },
  'a false digest of the file': {
    headers: { ...last, 'Repr-Digest': sha256('hallo') },
    body: 'hello',
    status: 400,
    problem: { code: 'digest_mismatch' },
    answer: { 'upload-complete': '?1' },
  },
  'a false digest of the whole body': {
    headers: { ...last, 'Content-Digest': sha256('hallo') },
    body: 'hello',
    status: 400,
    problem: { code: 'digest_mismatch' },
  },
  'two digests that differ': {
    headers: { ...last, 'Content-Digest': sha256('hello'), 'Repr-Digest': sha256('hallo') },
    body: 'hello',
    status: 400,
    problem: { code: 'digest_mismatch' },
    interim: [],
  },
  'a true digest of the first bytes': {
    headers: { ...more, 'Content-Digest': sha256('hello') },
    body: 'hello',
    ...begun,
    offset: 5,
  },
  'a false digest of the first bytes': {
    headers: { ...more, 'Content-Digest': sha256('hallo') },
    body: 'hello',
    status: 400,
    problem: { code: 'digest_mismatch' },
  },
  'a false MD5': {
    headers: { ...last, 'Content-MD5': md5('hallo') },
    body: 'hello',
    status: 400,
    problem: { code: 'digest_mismatch' },
    interim: [],
  },
  'a false SHA-512': {
    headers: { ...last, 'Repr-Digest': `sha-512=:${createHash('sha512').update('hallo').digest('base64')}:` },
    body: 'hello',
    status: 400,
    problem: { code: 'digest_mismatch' },
    interim: [],
  },
  'a form': {
    headers: { ...more, 'Content-Type': 'multipart/form-data; boundary=a' },
    body: 'hello',
    status: 400,
    problem: { code: 'invalid_request' },
  },
  'coded bytes': {
    headers: { ...more, 'Content-Encoding': 'gzip' },
    body: 'hello',
    status: 415,
    problem: { code: 'unsupported_encoding' },
  },
};

const stagedFiles = () => readdir(path.join(world.volumeDir, 'incoming'));

async function expectAnswer(answer: DraftAnswer, wanted: Wanted): Promise<void> {
  expect([answer.status, answer.status < 400 ? '' : answer.text]).toEqual([wanted.status, expect.anything()]);
  if (wanted.problem) expect(JSON.parse(answer.text)).toMatchObject(wanted.problem);
  for (const [name, value] of Object.entries(wanted.answer ?? {}))
    expect([name, answer.headers[name]]).toEqual([name, value]);
  if (wanted.interim) expect(answer.interim).toEqual(wanted.interim);
  if (wanted.stored === undefined) return;
  const record = JSON.parse(answer.text) as FileRecord;
  expect(record).toMatchObject({ size_bytes: wanted.stored.length, ...wanted.record });
  const file = await fetch(`${gateway.url}/api/v1/files/${record.uid}`);
  expect([file.status, await file.text()]).toEqual([200, wanted.stored]);
}

test.each(Object.entries(creations))('creation with %s', async (_what, wanted) => {
  const before = await stagedFiles();
  const { body, headers, method = 'POST', on, query = '' } = wanted;
  const { url } = on === 'strict' ? strict : gateway;
  const answer = await send(method, `${url}/api/v1/files/stream${query}`, { headers, body });
  await expectAnswer(answer, wanted);
  if (wanted.offset !== undefined) expect(await offsetOf(addressIn(gateway, answer))).toBe(wanted.offset);
  // What is refused, and what is stored, leaves nothing.
  else if (answer.headers['upload-complete'] !== '?0' || answer.status >= 400)
    expect(await stagedFiles()).toEqual(before);
});

/** An upload, one request to it, and what came of both. */
interface Step extends Wanted {
  /** With which headers it began, and what it has. */
  began?: Headers;
  has?: string;
  does?: string;
  headers?: Headers;
  body?: string | string[];
  on?: 'strict';
}

const unfinished = { status: 204, answer: { 'upload-complete': '?0', 'upload-limit': limit } };
const mismatch = (expected: number, provided: number) => ({
  status: 409,
  answer: { 'upload-complete': '?0', 'upload-offset': String(expected) },
  problem: {
    code: 'offset_mismatch',
    type: `${registry}mismatching-upload-offset`,
    'expected-offset': expected,
    'provided-offset': provided,
  },
  offset: expected,
});
const invalid = { status: 400, problem: { code: 'invalid_request' } };

const steps: Record<string, Step> = {
  'the first bytes': { headers: { ...more, ...at(0) }, body: 'hello', ...unfinished, offset: 5 },
  'the next bytes': { has: 'he', headers: { ...more, ...at(2) }, body: 'llo', ...unfinished, offset: 5 },
  'the last bytes': { has: 'he', headers: { ...last, ...at(2) }, body: 'llo', ...whole },
  'the last bytes, chunked': { has: 'he', headers: { ...last, ...at(2) }, body: ['l', 'lo'], ...whole },
  'the word that it is complete': { has: 'hello', headers: { ...last, ...at(5) }, ...whole },
  'the word, chunked and without a byte': { has: 'hello', headers: { ...last, ...at(5) }, body: [], ...whole },
  'no bytes': { has: 'he', headers: { ...more, ...at(2) }, ...unfinished, offset: 2 },
  'all bytes of the length, and no word': {
    began: length(5),
    has: 'he',
    headers: { ...more, ...at(2) },
    body: 'llo',
    ...unfinished,
    offset: 5,
  },
  'the word behind all bytes of the length': {
    began: length(5),
    has: 'hello',
    headers: { ...last, ...at(5) },
    ...whole,
  },
  'an offset behind the upload': { has: 'he', headers: { ...last, ...at(3) }, body: 'lo', ...mismatch(2, 3) },
  'an offset before its end': { has: 'he', headers: { ...last, ...at(0) }, body: 'hello', ...mismatch(2, 0) },
  'no word': { headers: at(0), body: 'hello', ...invalid, offset: 0 },
  'a word that is none': { headers: { ...at(0), 'Upload-Complete': 'true' }, body: 'hello', ...invalid, offset: 0 },
  'no word in the version of URLSession': { headers: { ...at(0), ...version('6') }, body: 'hello', ...whole },
  'no offset': { headers: last, body: 'hello', ...invalid, offset: 0 },
  'a negative offset': { headers: { ...last, ...at(-1) }, body: 'hello', ...invalid, offset: 0 },
  'a fraction of an offset': { headers: { ...last, ...at('0.0') }, body: 'hello', ...invalid, offset: 0 },
  'another type': {
    headers: { ...last, ...at(0), 'Content-Type': 'application/octet-stream' },
    body: 'hello',
    status: 415,
    problem: { code: 'content_type_not_allowed' },
    answer: { 'upload-complete': '?0' },
    offset: 0,
  },
  'coded bytes': {
    headers: { ...last, ...at(0), 'Content-Encoding': 'gzip' },
    body: 'hello',
    status: 415,
    problem: { code: 'unsupported_encoding' },
    offset: 0,
  },
  'a length at last': {
    has: 'he',
    headers: { ...more, ...at(2), ...length(9) },
    body: 'llo',
    ...unfinished,
    offset: 5,
  },
  'the same length': {
    began: length(5),
    has: 'he',
    headers: { ...last, ...at(2), ...length(5) },
    body: 'llo',
    ...whole,
  },
  'another length': {
    began: length(5),
    has: 'he',
    headers: { ...more, ...at(2), ...length(6) },
    body: 'llo',
    status: 400,
    problem: inconsistent,
    offset: 2,
  },
  'last bytes that are too few': {
    began: length(9),
    has: 'he',
    headers: { ...last, ...at(2) },
    body: 'llo',
    status: 400,
    problem: inconsistent,
    answer: { 'upload-complete': '?0' },
    offset: 2,
  },
  'chunked last bytes that are too few': {
    began: length(9),
    has: 'he',
    headers: { ...last, ...at(2) },
    body: ['llo'],
    status: 400,
    problem: inconsistent,
    answer: { 'upload-complete': '?0', 'upload-offset': '5' },
    offset: 5,
  },
  'too many bytes': {
    began: length(4),
    has: 'he',
    headers: { ...more, ...at(2) },
    body: 'llo',
    status: 400,
    problem: inconsistent,
    offset: 2,
  },
  'too many chunked bytes': {
    began: length(4),
    has: 'he',
    headers: { ...more, ...at(2) },
    body: ['llo'],
    status: 400,
    problem: inconsistent,
    offset: 'gone',
  },
  'more than a request may append': {
    on: 'strict',
    headers: { ...more, ...at(0) },
    body: 'hello world',
    status: 413,
    problem: { code: 'file_too_large' },
    answer: { 'upload-limit': 'max-size=200000, max-append-size=10' },
    offset: 0,
  },
  'a true digest of the body': {
    has: 'he',
    headers: { ...last, ...at(2), 'Content-Digest': sha256('llo') },
    body: 'llo',
    ...whole,
  },
  'a false digest of the body': {
    has: 'he',
    headers: { ...last, ...at(2), 'Content-Digest': sha256('hello') },
    body: 'llo',
    status: 400,
    problem: { code: 'digest_mismatch' },
    answer: { 'upload-complete': '?0', 'upload-offset': '2' },
    offset: 2,
  },
  'a true MD5': { headers: { ...last, ...at(0), 'Content-MD5': md5('hello') }, body: 'hello', ...whole },
  'two true digests of the body': {
    headers: { ...last, ...at(0), 'Content-MD5': md5('hello'), 'Content-Digest': sha256('hello') },
    body: 'hello',
    ...whole,
  },
  'two digests of the body, of which one is false': {
    headers: { ...last, ...at(0), 'Content-MD5': md5('hallo'), 'Content-Digest': sha256('hello') },
    body: 'hello',
    status: 400,
    problem: { code: 'digest_mismatch' },
    answer: { 'upload-complete': '?0', 'upload-offset': '0' },
    offset: 0,
  },
  'a digest behind the body': {
    headers: { ...last, ...at(0), Trailer: 'Content-Digest' },
    body: ['hello'],
    ...invalid,
    offset: 0,
  },
  'the digest with which it began': {
    began: { 'Repr-Digest': sha256('hello') },
    has: 'he',
    headers: { ...last, ...at(2) },
    body: 'llo',
    ...whole,
  },
  'other bytes than those of the digest with which it began': {
    began: { 'Repr-Digest': sha256('hello') },
    has: 'he',
    headers: { ...last, ...at(2) },
    body: 'll0',
    status: 400,
    problem: { code: 'digest_mismatch' },
    answer: { 'upload-complete': '?1' },
    offset: 'gone',
  },
  'a digest of the file at last': {
    has: 'he',
    headers: { ...last, ...at(2), 'Repr-Digest': sha256('hallo') },
    body: 'llo',
    status: 400,
    problem: { code: 'digest_mismatch' },
    offset: 'gone',
  },
  'another digest of the file': {
    began: { 'Repr-Digest': sha256('hello') },
    headers: { ...last, ...at(0), 'Repr-Digest': sha256('hallo') },
    body: 'hello',
    status: 400,
    problem: { code: 'digest_mismatch' },
    offset: 0,
  },
  'a look at it': {
    began: length(9),
    has: 'hello',
    does: 'HEAD',
    status: 204,
    answer: {
      'upload-offset': '5',
      'upload-length': '9',
      'upload-complete': '?0',
      'upload-limit': limit,
      'cache-control': 'no-store',
      'tus-resumable': undefined,
    },
  },
  'a look without a version': { has: 'he', does: 'HEAD', headers: version(''), status: 204, answer: at2('2') },
  'a look by GET': { has: 'he', does: 'GET', status: 204, answer: { ...at2('2'), 'upload-length': undefined } },
  'its end': { has: 'he', does: 'DELETE', status: 204, offset: 'gone' },
};

function at2(offset: string) {
  return { 'upload-offset': offset };
}

test.each(Object.entries(steps))('an upload, and %s', async (_what, wanted) => {
  const { began, body, does = 'PATCH', has, headers, on } = wanted;
  const url = await begin(on === 'strict' ? strict : gateway, { headers: began ?? {}, body: has });
  const sent = does === 'PATCH' ? { ...partial, ...headers } : headers;
  const answer = await send(does, url, { headers: sent, body });
  await expectAnswer(answer, wanted);
  if (wanted.offset !== undefined)
    expect(await offsetOf(url)).toBe(wanted.offset === 'gone' ? undefined : wanted.offset);
});

test('once it is a file, the upload tells so, and gives the last answer again', async () => {
  const url = await begin(gateway, { body: 'he' });
  const first = await append(url, 2, 'llo');
  const head = await send('HEAD', url);
  expect([head.status, head.headers['upload-complete'], head.headers['upload-offset']]).toEqual([204, '?1', '5']);
  const again = await append(url, 5, '');
  expect([again.status, again.headers.location]).toEqual([201, first.headers.location]);
  expect(JSON.parse(again.text)).toMatchObject({ uid: JSON.parse(first.text).uid, size_bytes: 5 });
  await expectAnswer(await append(url, 2, 'llo'), { ...mismatch(5, 2) });
  await expectAnswer(await append(url, 5, 'more'), { status: 400, problem: { type: `${registry}completed-upload` } });
});

test.each(['HEAD', 'PATCH', 'DELETE'])('%s of no upload', async (method) => {
  for (const uid of [newUid(), 'none']) {
    const headers = { ...partial, ...at(0), ...last };
    expect((await send(method, `${gateway.url}/api/v1/uploads/${uid}`, { headers })).status).toBe(404);
  }
});

test('what may be sent is told to anybody', async () => {
  const { headers, status } = await send('OPTIONS', `${strict.url}/api/v1/files/stream`);
  expect([status, headers['upload-limit'], headers.allow]).toEqual([
    204,
    'max-size=200000, max-append-size=10',
    'OPTIONS, POST, PUT',
  ]);
});

test('an upload by tus goes on by this protocol, and one by this protocol is seen by tus', async () => {
  const byTus = await tus.create(gateway.url, { 'Upload-Length': '5' });
  expect((await append(byTus, 0, 'he', more)).status).toBe(204);
  const { headers, status } = await append(byTus, 2, 'llo');
  expect([status, headers.location]).toEqual([201, new URL(tus.fileOf(byTus)).pathname]);
  const url = await begin(gateway, { headers: length(5), body: 'he' });
  expect(await tus.offsetOf(url)).toBe(2);
});
