import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { algorithmsOf, DigestsInPassing, readDigestHeaders, requireDigests } from './stated-digests.js';

const bytes = Buffer.from('hello');
const sha256 = createHash('sha256').update(bytes).digest();
const md5 = createHash('md5').update(bytes).digest();
const sha512 = createHash('sha512').update(bytes).digest();
const item = `sha-256=:${sha256.toString('base64')}:`;
const longItem = `sha-512=:${sha512.toString('base64')}:`;
const statedSha256 = { algorithm: 'sha256' as const, hex: sha256.toString('hex') };
const statedMd5 = { algorithm: 'md5' as const, hex: md5.toString('hex') };

describe('headers', () => {
  test.each([
    ['Content-Digest', { 'content-digest': item }],
    ['Repr-Digest', { 'repr-digest': item }],
    ['one of several algorithms', { 'content-digest': `md5=:AAAA:, sha=:AAAA:, ${item}` }],
    ['an algorithm with parameters', { 'repr-digest': `${item};q=1` }],
    ['a repeated member: the last one counts', { 'repr-digest': `sha-256=:AAAA:, ${item}` }],
  ])('%s is read', (_what, headers) => {
    expect(readDigestHeaders(headers)).toEqual([statedSha256]);
  });

  test('both digests count, and Content-MD5 beside them', () => {
    const headers = { 'content-digest': item, 'repr-digest': item, 'content-md5': md5.toString('base64') };
    expect(readDigestHeaders(headers)).toEqual([statedSha256, statedSha256, statedMd5]);
  });

  test('SHA-512 is read, alone and beside SHA-256', () => {
    const statedSha512 = { algorithm: 'sha512', hex: sha512.toString('hex') };
    expect(readDigestHeaders({ 'repr-digest': longItem })).toEqual([statedSha512]);
    expect(readDigestHeaders({ 'content-digest': `${longItem}, ${item}` })).toEqual([statedSha256, statedSha512]);
  });

  test.each([
    ['none', {}],
    ['an empty one', { 'content-digest': '' }],
    ['an algorithm that is not known', { 'content-digest': 'sha-3=:AAAA:, unixsum=30637' }],
  ])('%s states nothing', (_what, headers) => {
    expect(readDigestHeaders(headers)).toEqual([]);
  });

  test.each([
    ['hex', { 'content-digest': `sha-256=${sha256.toString('hex')}` }],
    ['a string', { 'content-digest': `sha-256="${sha256.toString('base64')}"` }],
    ['no value', { 'repr-digest': 'sha-256' }],
    ['a list of digests', { 'repr-digest': `sha-256=(:${sha256.toString('base64')}:)` }],
    ['too few bytes', { 'repr-digest': `sha-256=:${md5.toString('base64')}:` }],
    ['a SHA-512 of too few bytes', { 'repr-digest': `sha-512=:${sha256.toString('base64')}:` }],
    ['no closing colon', { 'repr-digest': item.slice(0, -1) }],
    ['base64 that is none', { 'repr-digest': 'sha-256=:A:' }],
    ['not a dictionary', { 'content-digest': '=' }],
    ['an MD5 in hex', { 'content-md5': md5.toString('hex') }],
    ['an MD5 of too many bytes', { 'content-md5': sha256.toString('base64') }],
    ['an empty MD5', { 'content-md5': '' }],
  ])('%s is refused', (_what, headers) => {
    expect(() => readDigestHeaders(headers)).toThrow(expect.objectContaining({ code: 'invalid_request' }));
  });
});

describe('what was received', () => {
  const other = { sha256: createHash('sha256').digest('hex'), md5: createHash('md5').digest('hex') };
  const received = { sha256: sha256.toString('hex'), sha512: sha512.toString('hex'), md5: md5.toString('hex') };
  const mismatch = expect.objectContaining({ code: 'digest_mismatch' });
  const otherSha256 = { algorithm: 'sha256' as const, hex: other.sha256 };
  const otherMd5 = { algorithm: 'md5' as const, hex: other.md5 };

  test('every stated digest has to be true', () => {
    expect(() => requireDigests([statedSha256, statedMd5], received)).not.toThrow();
    expect(() => requireDigests([], received)).not.toThrow();
    expect(() => requireDigests([statedSha256, otherSha256], received)).toThrow(mismatch);
    expect(() => requireDigests([statedSha256, otherMd5], received)).toThrow(mismatch);
  });

  test('where a header may be meant in two ways, one of them is enough', () => {
    const stated = [statedSha256, otherMd5];
    expect(() => requireDigests(stated, received, other)).not.toThrow();
    expect(() => requireDigests(stated, received)).toThrow(mismatch);
  });

  test('a digest that was not computed is not a match', () => {
    expect(() => requireDigests([statedMd5], { sha256: received.sha256 })).toThrow(mismatch);
  });

  test.each([
    ['a stated one', [statedMd5], undefined, ['md5']],
    ['an announced one', [], 'Content-MD5', ['md5']],
    ['an announced one, whose algorithm nobody knows yet', [], 'X, Repr-Digest', ['sha256', 'sha512']],
    ['none', [], 'X-Checksum', []],
  ])('%s is computed in passing, and nothing else', (_what, stated, trailer, algorithms) => {
    expect(algorithmsOf(stated, trailer)).toEqual(algorithms);
    const digests = new DigestsInPassing(algorithmsOf(stated, trailer));
    digests.update(bytes.subarray(0, 2));
    digests.update(bytes.subarray(2));
    const expected = Object.entries(received).filter(([algorithm]) => algorithms.includes(algorithm));
    expect(digests.finish()).toEqual(Object.fromEntries(expected));
  });
});
