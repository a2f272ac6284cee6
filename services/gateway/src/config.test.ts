import { describe, expect, test } from '@jest/globals';
import { ConfigError, loadConfig } from '@wharf/service-kit';
import { isOpen } from './access/access.js';
import { checkGateway, gatewaySettings } from './config.js';

const load = (environment: Record<string, string>) =>
  loadConfig(gatewaySettings, { NATS_URL: 'nats://nats', ...environment });

describe('CORS_ORIGINS', () => {
  test.each([
    'https://app.example.org',
    'http://localhost:3000',
    'http://[::1]:3000',
    'https://xn--bcher-kva.example',
    'capacitor://localhost',
    'chrome-extension://abcdefghijklmnop',
    '*',
  ])('%s is taken', (origin) => {
    expect(load({ CORS_ORIGINS: ` ${origin}, https://other.example` }).corsOrigins).toEqual([
      origin,
      'https://other.example',
    ]);
  });

  test.each([
    ['null', /"null" is what any page can send/],
    ['Null', /"Null" is what any page can send/],
    ['https://app.example.org,null', /"null" is what any page can send/],
    ['*,null', /"null" is what any page can send/],
    ['app.example.org', /"app.example.org" is no origin such as/],
    ['localhost:3000', /is no origin such as/],
    ['//app.example.org', /is no origin such as/],
    ['https://', /is no origin such as/],
    ['file://', /is no origin such as/],
    ['"https://app.example.org"', /is no origin such as/],
    ['https://app.example.org https://b.example', /is no origin such as/],
    ['https://app.example.org/', /is not written as browsers send an origin: https:\/\/app.example.org$/m],
    ['https://app.example.org/path', /browsers send an origin: https:\/\/app.example.org$/m],
    ['https://app.example.org?x', /browsers send an origin/],
    ['https://user@app.example.org', /browsers send an origin/],
    ['https://app.example.org:443', /browsers send an origin: https:\/\/app.example.org$/m],
    ['HTTPS://App.Example.org', /browsers send an origin: https:\/\/app.example.org$/m],
    ['http://127.1:3000', /browsers send an origin: http:\/\/127.0.0.1:3000$/m],
    ['https://bücher.example', /browsers send an origin: https:\/\/xn--bcher-kva.example$/m],
    ['https://*.example.org', /has a wildcard/],
    ['*.example.org', /has a wildcard/],
    ['**', /has a wildcard/],
  ])('%s is refused', (origins, reason) => {
    expect(() => load({ CORS_ORIGINS: origins })).toThrow(ConfigError);
    expect(() => load({ CORS_ORIGINS: origins })).toThrow(reason);
  });
});

describe('ALLOWED_HOSTS', () => {
  test('is empty unless set', () => {
    expect(load({}).allowedHosts).toEqual([]);
  });

  test.each(['*', 'files.example.org, *.example.org', '10.0.0.7:8080', '[::1]', '10.0.0.0/8'])(
    '%s is taken',
    (hosts) => {
      expect(load({ ALLOWED_HOSTS: hosts }).allowedHosts).not.toHaveLength(0);
    },
  );

  test.each(['https://files.example.org', 'files.*.org', 'a/b', '10.0.0.0/33', 'fd00::/129', '10.0.0.7/8/9', '*,a@b'])(
    '%s is refused',
    (hosts) => {
      expect(() => load({ ALLOWED_HOSTS: hosts })).toThrow(/ALLOWED_HOSTS: ".+" is no host such as/);
    },
  );
});

describe('PUBLIC_URL', () => {
  test.each([
    ['https://files.example.org', 'https://files.example.org'],
    ['https://Files.Example.org:443/', 'https://files.example.org'],
    ['http://10.0.0.7:8080', 'http://10.0.0.7:8080'],
    ['', undefined],
  ])('%s is taken as %s', (sent, origin) => {
    expect(load({ PUBLIC_URL: sent }).publicUrl).toBe(origin);
  });

  test.each([
    'files.example.org',
    'https://example.org/files',
    'https://example.org/?a',
    'https://u:p@example.org',
    'ftp://example.org',
    '*',
  ])('%s is refused', (sent) => {
    expect(() => load({ PUBLIC_URL: sent })).toThrow(/PUBLIC_URL: must be an origin such as/);
  });
});

describe('AUTH', () => {
  const check = (environment: Record<string, string>) =>
    loadConfig(
      gatewaySettings,
      { NATS_URL: 'nats://nats', OBJECT_STORE_URL: 'file:///tmp', ...environment },
      checkGateway,
    );

  test.each([
    [{}, true],
    [{ HOST: '127.0.0.1' }, true],
    [{ HOST: '[::1]' }, true],
    [{ AUTH: 'open', HOST: '0.0.0.0' }, true],
    [{ AUTH: 'open' }, true],
    [{ AUTH: 'required' }, false],
    [{ AUTH: 'required', HOST: '0.0.0.0' }, false],
  ])('%j: open is %s', (environment, expected) => {
    expect(isOpen(check(environment))).toBe(expected);
  });

  test.each([
    [{ HOST: '0.0.0.0' }, /AUTH: must be open or required/],
    [{ HOST: '::' }, /AUTH: must be open or required/],
    [{ HOST: '192.0.2.1' }, /AUTH: must be open or required/],
    [{ HOST: 'gateway' }, /AUTH: must be open or required/],
    [{ AUTH: 'maybe' }, /AUTH: /],
    [{ AUTH: 'required', CORS_ORIGINS: '*' }, /CORS_ORIGINS: must name origins/],
    [{ AUTH: 'required', CORS_ORIGINS: 'https://a.example, *' }, /CORS_ORIGINS: must name origins/],
    [{ JWT_ISSUER: 'a' }, /JWT_ISSUER, JWT_AUDIENCE, JWKS_URL: all/],
    [{ JWT_ISSUER: 'a', JWT_AUDIENCE: 'b' }, /JWT_ISSUER, JWT_AUDIENCE, JWKS_URL: all/],
    [{ JWT_ISSUER: 'wharf', JWT_AUDIENCE: 'b', JWKS_URL: 'https://a.example/jwks' }, /JWT_ISSUER: must be another/],
    [{ JWT_ISSUER: 'a', JWT_AUDIENCE: 'b', JWKS_URL: 'file:///etc/passwd' }, /JWKS_URL: must be a URL/],
    [{ RATE_LIMIT: '600' }, /RATE_LIMIT: must be a number of requests and a time/],
    [{ RATE_LIMIT: '0/1m' }, /RATE_LIMIT: must be/],
    [{ RATE_LIMIT: '600/0s' }, /RATE_LIMIT: must be/],
    [{ RATE_LIMIT: '600/minute' }, /RATE_LIMIT: must be/],
  ])('%j is refused', (environment, reason) => {
    expect(() => check(environment)).toThrow(reason);
  });

  test('is required where it was neither set nor checked', () => {
    expect(isOpen({ auth: undefined, host: '0.0.0.0' })).toBe(false);
  });
});
