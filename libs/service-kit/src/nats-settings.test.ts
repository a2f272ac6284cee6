import { describe, expect, test } from '@jest/globals';
import { describeSettings, loadConfig } from './load-config.js';
import { checkNats, natsSettings, readAddresses } from './nats-settings.js';
import { streamSettings } from './shared-settings.js';

const seed = `SU${'A'.repeat(56)}`;
const problemsOf = (environment: Record<string, string>) =>
  checkNats(loadConfig(natsSettings, { NATS_URL: 'nats://nats', ...environment }));

describe('addresses', () => {
  test.each([
    ['nats://127.0.0.1:4222', '127.0.0.1:4222', false, undefined],
    ['nats', 'nats:4222', false, undefined],
    ['nats:80', 'nats:80', false, undefined],
    ['tls://nats.example.org', 'nats.example.org:4222', true, undefined],
    ['nats://[::1]:4223', '[::1]:4223', false, undefined],
    ['nats://alice:p%40ss%3A%2F@host', 'host:4222', false, { kind: 'password', user: 'alice', password: 'p@ss:/' }],
    ['tls://s3cret@host:1', 'host:1', true, { kind: 'token', token: 's3cret' }],
    ['nats://@host', 'host:4222', false, undefined],
  ])('%s', (url, server, isTls, credentials) => {
    expect(readAddresses([url])).toEqual({ servers: [server], isTls, credentials });
  });

  test.each([undefined, '', ',', ' , '])('no server is guessed for NATS_URL=%j', (text) => {
    expect(() => loadConfig(natsSettings, { NATS_URL: text })).toThrow(/^ {2}NATS_URL: must be set/m);
  });

  test('TLS for one is TLS for all, and so are credentials', () => {
    expect(readAddresses(['nats://u:p@a', 'tls://b', 'c'])).toEqual({
      servers: ['a:4222', 'b:4222', 'c:4222'],
      isTls: true,
      credentials: { kind: 'password', user: 'u', password: 'p' },
    });
  });

  test.each([
    ['another scheme', 'ws://the-secret@host'],
    ['a path', 'nats://host/the-secret'],
    ['a query', 'nats://host?the-secret'],
    ['a password that is not encoded', 'nats://user:the-secret/x@host'],
    ['a hash in a password', 'nats://user:the-secret#x@host'],
    ['a port that is none', 'nats://host:the-secret'],
    ['a broken escape', 'nats://user:the-secret%zz@host'],
    ['different credentials', 'nats://u:the-secret@a,nats://u:another@b'],
    ['a password and a token', 'nats://u:the-secret@a,nats://u@b'],
  ])('%s is refused, and not repeated', (_what, url) => {
    const problems = problemsOf({ NATS_URL: url });
    expect(problems).toEqual([expect.stringMatching(/^NATS_URL: /)]);
    expect(problems.join()).not.toContain('the-secret');
  });
});

describe('bounds of streams', () => {
  const bytesOf = (text: string) =>
    loadConfig({ bytes: streamSettings.natsStreamMaxBytes }, { NATS_STREAM_MAX_BYTES: text }).bytes;

  test('are for all, for some, or for some and all others', () => {
    expect(bytesOf('')).toEqual({ '*': 0 });
    expect(bytesOf('1000')).toEqual({ '*': 1000 });
    expect(bytesOf('FILES=5, wharf_leases=6')).toEqual({ FILES: 5, wharf_leases: 6 });
    expect(bytesOf('FILES=5,7')).toEqual({ FILES: 5, '*': 7 });
  });

  test.each(['FILES', 'FILES=', 'FILES=1GiB', '-1x', '1.5', 'a b=1'])('%s is refused', (text) => {
    expect(() => bytesOf(text)).toThrow(/NATS_STREAM_MAX_BYTES/);
  });
});

describe('identity', () => {
  test.each([
    ['nobody', {}],
    ['user and password', { NATS_USER: 'u', NATS_PASSWORD: 'the-secret' }],
    ['credentials file', { NATS_CREDS: '/the-secret.creds' }],
    ['seed', { NATS_NKEY_SEED: seed }],
    ['address', { NATS_URL: 'nats://u:the-secret@host' }],
    ['certificate', { NATS_TLS_CERT: '/cert', NATS_TLS_KEY: '/key', NATS_CA: '/ca' }],
  ])('%s alone is complete', (_what, environment) => {
    expect(problemsOf(environment)).toEqual([]);
  });

  test.each([
    [{ NATS_USER: 'u' }, 'NATS_USER, NATS_PASSWORD'],
    [{ NATS_PASSWORD: 'the-secret' }, 'NATS_USER, NATS_PASSWORD'],
    [{ NATS_USER: 'u', NATS_PASSWORD: 'the-secret', NATS_NKEY_SEED: seed }, 'only one'],
    [{ NATS_URL: 'nats://the-secret@host', NATS_CREDS: '/x' }, 'only one'],
    [{ NATS_TLS_CERT: '/the-secret' }, 'NATS_TLS_KEY'],
    [{ NATS_CA: '/the-secret', NATS_TLS_CA: '/x' }, 'only one'],
  ])('%j is a problem', (environment, expected) => {
    const problems = problemsOf(environment as Record<string, string>);
    expect(problems).toEqual([expect.stringContaining(expected)]);
    expect(problems.join()).not.toContain('the-secret');
  });

  test('a seed that is none is refused and not repeated', () => {
    expect(() => problemsOf({ NATS_NKEY_SEED: 'the-secret' })).toThrow(/^(?!.*the-secret)[\s\S]*NATS_NKEY_SEED/);
  });

  test('each of them may come from a file, and help tells no value', () => {
    const help = describeSettings(natsSettings);
    for (const { name } of Object.values(natsSettings)) expect(help).toContain(`${name}_FILE`);
  });
});
