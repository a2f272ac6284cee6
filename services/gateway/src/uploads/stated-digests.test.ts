import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { DigestsInPassing, readDigestHeaders, requireDigests } from './stated-digests.js';

const bytes = Buffer.from('hello');
const sha256 = createHash('sha256').update(bytes).digest();
const md5 = createHash('md5').update(bytes).digest();
const item = `sha-256=:${sha256.toString('base64')}:`;

describe('headers', () => {
  test.each([
    ['Content-Digest', { 'content-digest': item }],
    ['Repr-Digest', { 'repr-digest': item }],
    ['one of several algorithms', { 'content-digest': `md5=:AAAA:, sha-512=:AAAA:, ${item}` }],
    ['an algorithm with parameters', { 'repr-digest': `${item};q=1` }],
    ['a repeated member: the last one counts', { 'repr-digest': `sha-256=:AAAA:, ${item}` }],
  ])('%s is read', (_what, headers) => {
    expect(readDigestHeaders(headers)).toEqual({ sha256: [sha256.toString('hex')], md5: undefined });
  });

  test('both digests count, and Content-MD5 beside them', () => {
    const headers = { 'content-digest': item, 'repr-digest': item, 'content-md5': md5.toString('base64') };
    expect(readDigestHeaders(headers)).toEqual({
      sha256: [sha256.toString('hex'), sha256.toString('hex')],
      md5: md5.toString('hex'),
    });
  });

  test.each([
    ['none', {}],
    ['an empty one', { 'content-digest': '' }],
    ['an algorithm that is not known', { 'content-digest': 'sha-3=:AAAA:, unixsum=30637' }],
  ])('%s states nothing', (_what, headers) => {
    expect(readDigestHeaders(headers)).toEqual({ sha256: [], md5: undefined });
  });

  test.each([
    ['hex', { 'content-digest': `sha-256=${sha256.toString('hex')}` }],
    ['a string', { 'content-digest': `sha-256="${sha256.toString('base64')}"` }],
    ['no value', { 'repr-digest': 'sha-256' }],
    ['a list of digests', { 'repr-digest': `sha-256=(:${sha256.toString('base64')}:)` }],
    ['too few bytes', { 'repr-digest': `sha-256=:${md5.toString('base64')}:` }],
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
  const received = { sha256: sha256.toString('hex'), md5: md5.toString('hex') };
  const mismatch = expect.objectContaining({ code: 'digest_mismatch' });

  test('every stated digest has to be true', () => {
    expect(() => requireDigests({ sha256: [received.sha256], md5: received.md5 }, received)).not.toThrow();
    expect(() => requireDigests({ sha256: [], md5: undefined }, received)).not.toThrow();
    expect(() => requireDigests({ sha256: [received.sha256, other.sha256], md5: undefined }, received)).toThrow(
      mismatch,
    );
    expect(() => requireDigests({ sha256: [received.sha256], md5: other.md5 }, received)).toThrow(mismatch);
  });

  test('where a header may be meant in two ways, one of them is enough', () => {
    const stated = { sha256: [received.sha256], md5: other.md5 };
    expect(() => requireDigests(stated, received, other)).not.toThrow();
    expect(() => requireDigests(stated, received)).toThrow(mismatch);
  });

  test('a digest that was not computed is not a match', () => {
    expect(() => requireDigests({ sha256: [], md5: received.md5 }, { sha256: received.sha256 })).toThrow(mismatch);
  });

  test('digests are computed in passing, and only those that were stated', () => {
    for (const [stated, expected] of [
      [{ sha256: [other.sha256], md5: undefined }, { sha256: received.sha256 }],
      [{ sha256: [], md5: other.md5 }, { md5: received.md5 }],
    ] as const) {
      const digests = new DigestsInPassing(stated);
      digests.update(bytes.subarray(0, 2));
      digests.update(bytes.subarray(2));
      expect(digests.finish()).toEqual(expected);
    }
  });
});
