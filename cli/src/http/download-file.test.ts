import { expect, test } from '@jest/globals';
import { nameFor } from './download-file.js';

test.each([
  ['photo.jpg', 'photo.jpg'],
  ['../../etc/passwd', 'passwd'],
  ['/', 'uid'],
  ['..', 'uid'],
])('a file called %j is written to %j in this folder', (original_name, name) => {
  expect(nameFor({ original_name, uid: 'uid' })).toBe(name);
});
