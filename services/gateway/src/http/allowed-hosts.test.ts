import { describe, expect, test } from '@jest/globals';
import { isLoopback, isLoopbackAddress, parseHost, parseHostRule } from './allowed-hosts.js';

function isLoopbackField(field: string): boolean {
  const host = parseHost(field);
  return host !== undefined && isLoopback(host);
}

describe('a Host of the loopback interface', () => {
  test.each([
    'localhost',
    'localhost:8080',
    'LocalHost:8080',
    'localhost.',
    'localhost.:8080',
    'localhost:',
    'wharf.localhost',
    'a.b.localhost:1',
    '127.0.0.1',
    '127.0.0.1:8080',
    '127.255.0.3',
    '[::1]',
    '[::1]:8080',
    '[0:0:0:0:0:0:0:1]:8080',
    '[::0001]',
  ])('%j is one', (field) => {
    expect(isLoopbackField(field)).toBe(true);
  });

  test.each([
    '',
    ' ',
    '.',
    ':8080',
    'evil.test',
    'localhost.evil.test',
    'evillocalhost',
    '127.0.0.1.evil.test',
    'localhost..',
    '.localhost',
    'a..localhost',
    '127.1',
    '127.0.0.01',
    '127.0.0.256',
    '0x7f.1',
    '0x7f000001',
    '2130706433',
    '0177.0.0.1',
    '0.0.0.0',
    '128.0.0.1',
    '10.0.0.1',
    '::1',
    '[::1',
    '::1]',
    '[::1].',
    '[::2]',
    '[::]',
    '[::1%25lo]',
    '[::1%lo]',
    '[127.0.0.1]',
    '[::ffff:8.8.8.8]',
    'evil@127.0.0.1',
    '127.0.0.1@evil.test',
    'evil:x@localhost',
    'localhost:8080:8080',
    'localhost:port',
    'localhost:-1',
    'localhost:999999',
    'localhost/path',
    'localhost?',
    'localhost#',
    'localhost\\',
    'localhost, evil.test',
    'http://localhost',
    'local host',
    'local\thost',
    'localhoſt',
    'loc%61lhost',
    `${'a.'.repeat(200)}localhost`,
  ])('%j is none', (field) => {
    expect(isLoopbackField(field)).toBe(false);
  });
});

test.each([
  ['127.0.0.1', true],
  ['127.0.0.2', true],
  ['127.1', true],
  ['0x7f.1', true],
  ['localhost', true],
  ['LOCALHOST', true],
  ['::1', true],
  ['0:0:0:0:0:0:0:1', true],
  ['0.0.0.0', false],
  ['::', false],
  ['10.0.0.7', false],
  ['gateway', false],
  ['localhost.example.org', false],
])('HOST=%s listens on loopback alone: %s', (address, expected) => {
  expect(isLoopbackAddress(address)).toBe(expected);
});

describe('an entry of ALLOWED_HOSTS', () => {
  test.each([
    ['files.example.org', 'files.example.org', true],
    ['files.example.org', 'FILES.example.org:8443', true],
    ['files.example.org', 'files.example.org.', true],
    ['Files.Example.org.', 'files.example.org', true],
    ['files.example.org', 'a.files.example.org', false],
    ['files.example.org', 'files.example.org.evil.test', false],
    ['files.example.org', 'filesxexample.org', false],
    ['files.example.org:8080', 'files.example.org:8080', true],
    ['files.example.org:8080', 'files.example.org:08080', true],
    ['files.example.org:8080', 'files.example.org', false],
    ['files.example.org:8080', 'files.example.org:80', false],
    ['files.example.org:443', 'files.example.org', true],
    ['files.example.org:80', 'files.example.org', true],
    ['files.example.org:443', 'files.example.org:80', false],
    ['*.example.org', 'files.example.org', true],
    ['*.example.org', 'a.b.example.org:8080', true],
    ['*.example.org', 'example.org', false],
    ['*.example.org', '.example.org', false],
    ['*.example.org', 'evilexample.org', false],
    ['*.example.org', '*.example.org', false],
    ['*.example.org:8080', 'files.example.org:8080', true],
    ['*.example.org:8080', 'files.example.org:8081', false],
    ['bücher.example', 'xn--bcher-kva.example', true],
    ['*.bücher.example', 'a.xn--bcher-kva.example', true],
    ['gateway', 'gateway:8080', true],
    ['my_gateway', 'my_gateway', true],
    ['10.0.0.7', '10.0.0.7:8080', true],
    ['10.0.0.7', '10.0.0.70', false],
    ['[fd00::7]', '[FD00:0::7]:8080', true],
    ['fd00::7', '[fd00::7]', true],
    ['[fd00::7]:8080', '[fd00::7]', false],
    ['10.0.0.0/8', '10.255.0.7:8080', true],
    ['10.0.0.0/8', '11.0.0.7', false],
    ['10.0.0.0/8', '10.0.0.7.evil.test', false],
    ['10.0.0.0/8', 'evil.test', false],
    ['0.0.0.0/0', 'evil.test', false],
    ['0.0.0.0/0', '[fd00::7]', false],
    ['fd00::/8', '[fd12::7]:8080', true],
    ['fd00::/8', '[fe80::7]', false],
  ])('%s allows %s: %s', (entry, field, expected) => {
    const rule = parseHostRule(entry);
    const host = parseHost(field);
    expect(rule).toBeDefined();
    expect(host !== undefined && rule?.(host) === true).toBe(expected);
  });

  test.each([
    'https://files.example.org',
    'files.example.org/',
    'files.example.org:port',
    'files.*.org',
    '*example.org',
    '*.',
    '**',
    '*:8080',
    '*.10.0.0.7',
    '*.[::1]',
    'a@b',
    '[::1',
    '10.0.0.0/33',
    'two words',
  ])('%j is refused', (entry) => {
    expect(parseHostRule(entry)).toBeUndefined();
  });
});
