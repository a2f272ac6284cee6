import { expect, test } from '@jest/globals';
import { typesInBoth } from './types-in-both.js';

test.each([
  [[], [], []],
  [['image/*'], [], ['image/*']],
  [[], ['image/png'], ['image/png']],
  [['image/*', 'application/pdf'], ['image/png', 'text/plain'], ['image/png']],
  [['IMAGE/PNG'], ['image/*', 'image/png'], ['image/png']],
  [['image/*'], ['image/*'], ['image/*']],
  [['image/*'], ['imagery/x'], undefined],
  [['application/pdf'], ['text/*'], undefined],
])('what both %j and %j take is %j', (one, other, both) => {
  expect(typesInBoth(one, other)).toEqual(both);
  expect(typesInBoth(other, one)).toEqual(both);
});
