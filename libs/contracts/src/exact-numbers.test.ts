import { describe, expect, test } from '@jest/globals';
import { inexactNumberIn } from './exact-numbers.js';

describe('numbers that come back as they were sent', () => {
  test.each([
    '0',
    '-0',
    '1',
    '1.0',
    '1.10',
    '0.1',
    '9007199254740991',
    '9007199254740992',
    '-9007199254740992',
    '100000000000000000000',
    '1e21',
    '1E+21',
    '1.5e300',
    '1.7976931348623157e308',
    '5e-324',
    '0.30000000000000004',
    '10e-1',
    '0e400',
    '0.0000000000000000000000000',
    '1000000000000000000000000000000e-30',
  ])('%s', (number) => {
    expect(inexactNumberIn(`{"a":[${number}]}`)).toBeUndefined();
  });

  test('what stands in strings and keys is no number', () => {
    const text = JSON.stringify({ '9007199254740993': '9007199254740993', 'a"1e400': ['\\', '1e400', '"1e400'] });
    expect(inexactNumberIn(text)).toBeUndefined();
  });
});

describe('numbers that become others', () => {
  test.each([
    '9007199254740993',
    '-9007199254740993',
    '12345678901234567890',
    '9007199254740992.5',
    '0.1000000000000000055511151231257827',
    '0.30000000000000004441',
    '1e400',
    '-1e400',
    '1e-400',
    '4e-324',
    '1.00000000000000000001',
    '123456789012345678e-5',
    '1e99999999999999999999',
  ])('%s', (number) => {
    expect(inexactNumberIn(`{"a":1,"b":{"c":[2,"x",${number},3]},"d":4}`)).toEqual({ key: 'b', text: number });
  });
});

test.each([
  ['{"a":{"b":1},"c":1e400}', 'c'],
  ['{"a":["b",{"d":1}],"c\\u0041":{"x":[1e400]}}', 'cA'],
  ['[1e400]', ''],
])('%s: at %j', (text, key) => {
  expect(inexactNumberIn(text)?.key).toBe(key);
});
