import { expect, test } from '@jest/globals';
import { nameFor } from './download-to.js';

test.each([
  ['photo.jpg', 'photo.jpg'],
  ['../../etc/passwd', 'passwd'],
  ['/', 'uid'],
  ['..', 'uid'],
])('a file called %j is written to %j in this folder', (name, expected) => {
  expect(nameFor({ name, uid: 'uid' })).toBe(expected);
});
