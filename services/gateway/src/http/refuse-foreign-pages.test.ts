import { expect, test } from '@jest/globals';
import { isOwnOrigin } from './refuse-foreign-pages.js';

test.each([
  ['http://localhost:8080', 'localhost:8080', true],
  ['http://localhost:8080', 'LOCALHOST:8080', true],
  ['https://files.example.org', 'files.example.org', true],
  ['https://files.example.org', 'files.example.org:443', true],
  ['http://files.example.org', 'files.example.org:80', true],
  ['https://files.example.org:8443', 'files.example.org:8443', true],
  ['http://[::1]:8080', '[::1]:8080', true],
  ['http://localhost', 'localhost:8080', false],
  ['http://localhost:3000', 'localhost:8080', false],
  ['http://127.0.0.1:8080', 'localhost:8080', false],
  ['http://files.example.org', 'files.example.org:443', false],
  ['https://files.example.org', 'files.example.org:80', false],
  ['https://files.example.org', undefined, false],
  ['https://example.org', 'files.example.org', false],
  ['https://files.example.org.evil.test', 'files.example.org', false],
  ['https://evil.test/files.example.org', 'files.example.org', false],
  ['https://evil.test@files.example.org', 'files.example.org', false],
  ['capacitor://localhost', 'localhost', false],
  ['chrome-extension://localhost', 'localhost', false],
  ['localhost:8080', 'localhost:8080', false],
  ['null', 'null', false],
  ['https://', '', false],
  ['', '', false],
  ['http://localhost:8080, http://evil.test', 'localhost:8080', false],
])('a page of %s is at home on %s: %s', (origin, host, expected) => {
  expect(isOwnOrigin(origin, host)).toBe(expected);
});
