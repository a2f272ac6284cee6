import { randomBytes } from 'node:crypto';
import { expect } from '@jest/globals';
import { type FileRecord, Problem } from '@wharf/contracts';
import { type Body, type Client, uploaded } from '../client.ts';
import type { RawAnswer } from '../raw-http.ts';
import type { Expected, Validators } from './row.ts';

export type Copy = 'local' | 'cloud';

/** A file that a gateway holds, and what every answer about it has to say. */
export interface StoredFile {
  uid: string;
  bytes: Buffer;
  record: FileRecord;
  validators: Validators;
}

export async function storeBytes(client: Client, bytes: Buffer, name: string, type: string): Promise<StoredFile> {
  const query = `?filename=${encodeURIComponent(name)}`;
  const record = await uploaded(client.uploadStream(bytes as Body, query, { 'Content-Type': type }));
  const validators = {
    etag: `"${record.sha256}"`,
    modifiedAt: Math.floor(Date.parse(record.created_at) / 1000) * 1000,
  };
  return { uid: record.uid, bytes, record, validators };
}

export const storeRandom = (client: Client, sizeBytes: number) =>
  storeBytes(client, randomBytes(sizeBytes), `${sizeBytes} bytes.dat`, 'application/octet-stream');

/** A HEAD knows no ranges (RFC 9110 §14.2): it is answered as if there were none. */
export function expectedOfHead(expected: Expected): Expected {
  return typeof expected === 'object' || expected === 'unsatisfiable' ? 'whole' : expected;
}

export function expectAnswer(answer: RawAnswer, expected: Expected, file: StoredFile, copy: Copy): void {
  switch (expected) {
    case 'not modified':
      return expectNotModified(answer, file);
    case 'precondition failed':
      return expectProblem(answer, 412, 'precondition_failed');
    case 'unsatisfiable':
      expectProblem(answer, 416, 'range_not_satisfiable');
      return expect(answer.headers['content-range']).toBe(`bytes */${file.bytes.length}`);
    case 'whole':
      expectContent(answer, 200, file, copy);
      expect(answer.headers['content-range']).toBeUndefined();
      return expectBody(answer, file.bytes);
    default: {
      const { first, last } = expected;
      expectContent(answer, 206, file, copy);
      expect(answer.headers['content-range']).toBe(`bytes ${first}-${last}/${file.bytes.length}`);
      return expectBody(answer, file.bytes.subarray(first, last + 1));
    }
  }
}

/** Headers of the validators, of caches and of browsers, which a 304 carries too (RFC 9110 §15.4.5). */
function expectValidators({ headers }: RawAnswer, { validators }: StoredFile): void {
  expect(headers.etag).toBe(validators.etag);
  expect(headers['last-modified']).toBe(new Date(validators.modifiedAt).toUTCString());
  expect(headers['cache-control']).toMatch(/\bprivate\b/);
  expect(headers['cache-control']).not.toMatch(/\bpublic\b/);
  expect(headers['content-security-policy']).toBe("sandbox; default-src 'none'");
  expect(headers['cross-origin-resource-policy']).toBe('same-origin');
  expect(headers['x-content-type-options']).toBe('nosniff');
  expect(Date.parse(headers.date as string)).toBeGreaterThan(0);
}

function expectNotModified(answer: RawAnswer, file: StoredFile): void {
  expect(answer.status).toBe(304);
  expectValidators(answer, file);
  for (const name of ['content-length', 'content-type', 'content-range', 'transfer-encoding', 'content-encoding']) {
    expect([name, answer.headers[name]]).toEqual([name, undefined]);
  }
  expect(answer.body).toHaveLength(0);
}

function expectContent(answer: RawAnswer, status: 200 | 206, file: StoredFile, copy: Copy): void {
  expect(answer.status).toBe(status);
  expectValidators(answer, file);
  expect(answer.headers).toMatchObject({
    'accept-ranges': 'bytes',
    'content-type': expect.stringMatching(new RegExp(`^${file.record.content_type.replaceAll(/[.+]/g, '\\$&')}(;|$)`)),
    'content-disposition': expect.stringMatching(/^attachment; filename=/),
    'repr-digest': `sha-256=:${Buffer.from(file.record.sha256 ?? '', 'hex').toString('base64')}:`,
    'x-wharf-source': copy,
  });
  expect(answer.headers['content-encoding']).toBeUndefined();
  expect(answer.headers['transfer-encoding']).toBeUndefined();
}

function expectBody(answer: RawAnswer, bytes: Buffer): void {
  expect(answer.headers['content-length']).toBe(String(bytes.length));
  expect(answer.body.equals(bytes)).toBe(true);
}

/** A problem answer (RFC 9457), with nothing left of the headers that describe a file. */
export function expectProblem(answer: RawAnswer, status: number, code: string): void {
  expect(answer.status).toBe(status);
  expectProblemHeaders(answer);
  const problem = Problem.strict().parse(JSON.parse(answer.body.toString()));
  expect(problem).toMatchObject({ status, code, type: `urn:wharf:problem:${code}` });
  expect(problem.request_id).toBe(answer.headers['x-request-id']);
}

function expectProblemHeaders({ headers }: RawAnswer): void {
  expect(headers['content-type']).toMatch(/^application\/problem\+json/);
  expect(headers).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
  const ofFiles = ['content-disposition', 'repr-digest', 'x-wharf-source', 'accept-ranges', 'etag'];
  for (const name of [...ofFiles, 'content-security-policy', 'cross-origin-resource-policy']) {
    expect([name, headers[name]]).toEqual([name, undefined]);
  }
}

/** The HEAD of what `get` is the GET of: the same status and headers, and never a body. */
export function expectHeadOf(head: RawAnswer, get: RawAnswer): void {
  expect(head.body).toHaveLength(0);
  expect(head.status).toBe(get.status);
  expect(comparable(head)).toEqual(comparable(get));
}

function comparable({ status, headers }: RawAnswer) {
  const { date, 'x-request-id': _, connection, 'keep-alive': __, 'content-length': length, ...rest } = headers;
  // The length of a problem's body need not be known without the body.
  return status < 300 ? { ...rest, length } : rest;
}
