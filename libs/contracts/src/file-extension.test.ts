import { expect, test } from '@jest/globals';
import { extensionOf } from './file-extension.js';

test.each([
  ['photo.JPG', 'jpg'],
  ['archive.tar.gz', 'gz'],
  ['.bashrc', ''],
  ['README', ''],
  ['dot.', ''],
  ['a.txt ', 'txt'],
  ['a.txt.', 'txt'],
  ['a.txt. . ', 'txt'],
  ['a.TXT\u00a0', 'txt'],
  ['a. txt', 'txt'],
  ['a.tar.gz..', 'gz'],
  ['.bashrc ', ''],
  ['README ', ''],
  ['a .txt', 'txt'],
  ['unnamed', ''],
])('the extension of %j is %j', (name, extension) => {
  expect(extensionOf(name)).toBe(extension);
});
