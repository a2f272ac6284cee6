import { expect, test } from '@jest/globals';
import { isValidHost } from './valid-host.js';

test.each([
  'localhost',
  'localhost:8080',
  'LOCALHOST.',
  'a_b.example',
  'a%20b',
  "a~b!$&'()*+;=",
  '127.0.0.1',
  '[::1]',
  '[::ffff:10.0.0.7]:443',
  'host:',
  'host:99999',
])('%s is a host', (field) => {
  expect(isValidHost(field)).toBe(true);
});

test.each([
  '',
  ' ',
  ':80',
  'a b',
  'a\tb',
  'a,b',
  'a, b',
  'user@host',
  'user:secret@host',
  'host/path',
  'host\\path',
  'host?query',
  'host#fragment',
  'http://host',
  'host:80:80',
  'host:port',
  'host:-1',
  '::1',
  '[::1',
  '::1]',
  '[]',
  '[host]',
  '[::1]a',
  '[1:2]',
  '[::1%25lo]',
  'a%zz',
  'a%2',
  'a"b',
  'a<b>',
  'a|b',
  'h\xf6st',
])('%j is none', (field) => {
  expect(isValidHost(field)).toBe(false);
});
