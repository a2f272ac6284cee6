import { expect, test } from '@jest/globals';
import { readQuery } from './read-query.js';

const read = (querystring: string) => ({ ...readQuery({ querystring }) });
const numbered = (count: number) => Array.from({ length: count }, (_, index) => `p${index}=${index}`).join('&');

test.each([
  ['', {}],
  ['a=1&b=2', { a: '1', b: '2' }],
  ['a', { a: '' }],
  ['a=1&&b=2&', { a: '1', b: '2' }],
  ['q=%D1%82+%zz&=x', { q: 'т %zz', '': 'x' }],
  ['constructor=1&toString=2', { constructor: '1', toString: '2' }],
])('%j', (querystring, parameters) => {
  expect(read(querystring)).toEqual(parameters);
});

test('a name that means something elsewhere is a name like others', () => {
  expect(Object.entries(readQuery({ querystring: '__proto__=1' }))).toEqual([['__proto__', '1']]);
});

test.each([
  ['a=1&b=2&a=3', 'a'],
  ['a&a', 'a'],
  ['a=1&%61=1', 'a'],
  ['__proto__=1&__proto__=2', '__proto__'],
])('%s: the parameter that is given twice is named', (querystring, path) => {
  expect(() => read(querystring)).toThrow(
    expect.objectContaining({ code: 'invalid_request', fields: [{ path, message: 'must be given once' }] }),
  );
});

test('at most 100 parameters', () => {
  expect(Object.keys(read(numbered(100)))).toHaveLength(100);
  expect(() => read(numbered(101))).toThrow(expect.objectContaining({ code: 'invalid_request' }));
});

test.each(['a&'.repeat(7250), '&'.repeat(16_000), numbered(1500)])(
  'a long query is refused before it is taken apart',
  (querystring) => {
    let parts = 0;
    const counting = {
      split(separator: string, limit: number) {
        const taken = querystring.split(separator, limit);
        parts += taken.length;
        return taken;
      },
    };
    expect(() => readQuery({ querystring: counting as unknown as string })).toThrow(/at most 100/);
    expect(parts).toBe(101);
  },
);
