import { expect, test } from '@jest/globals';
import { readAbsoluteForm } from './request-target.js';

test.each([
  ['http://host/path?query', 'host', '/path?query'],
  ['http://host', 'host', '/'],
  ['http://host?a=b', 'host', '/?a=b'],
  ['HTTPS://Host:8443/a', 'Host:8443', '/a'],
  ['http://[::1]:8080/a', '[::1]:8080', '/a'],
  ['http://host//[', 'host', '//['],
  ['http://host/http://[', 'host', '/http://['],
])('%s names %s and %s', (target, host, originForm) => {
  expect(readAbsoluteForm(target)).toEqual({ host, target: originForm });
});

test.each([
  'http://[',
  'http://]/',
  'http://[::1/',
  'http:///',
  'http://:80/',
  'http://host:70000/',
  'http://host:x/',
  'http://user:secret@host/',
  'http://a\\b/',
  'http://host/#fragment',
  'ftp://host/',
  'http:host',
  'host:80',
  'host',
  '*',
  '',
  `http://${'['.repeat(10_000)}`,
])('%s has no origin-form', (target) => {
  expect(readAbsoluteForm(target)).toBeUndefined();
});
