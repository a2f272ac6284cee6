import { expect, test } from '@jest/globals';
import { mergeMetadata } from './merge-metadata.js';

// The rows of RFC 7396, appendix A, that are about objects; the others are the metadata of one key.
test.each<[object, object, object]>([
  [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
  [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
  [{ a: 'b' }, { a: null }, {}],
  [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
  [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
  [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
  [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
  [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  [{ a: 'foo' }, { a: { b: 1 } }, { a: { b: 1 } }],
  [{ a: [1, null] }, { a: [null] }, { a: [null] }],
  [{ a: 1 }, {}, { a: 1 }],
])('%j and %j are %j', (metadata, patch, merged) => {
  expect(mergeMetadata({ metadata } as never, { metadata: patch } as never)).toEqual({ metadata: merged });
});

test('what is merged has the limits of all metadata', () => {
  const half = 'x'.repeat(9000);
  expect(() => mergeMetadata({ metadata: { a: half } }, { metadata: { b: half } })).toThrow(
    expect.objectContaining({ code: 'invalid_request', message: expect.stringContaining('16 KiB') }),
  );
});

test('other changes stay as they are', () => {
  expect(mergeMetadata({ metadata: { a: 1 } }, { message_id: null })).toEqual({ message_id: null });
});
