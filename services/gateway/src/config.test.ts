import { describe, expect, test } from '@jest/globals';
import { ConfigError, loadConfig } from '@wharf/service-kit';
import { gatewaySettings } from './config.js';

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

  test.each(['*', 'files.example.org, *.example.org', '10.0.0.7:8080', '[::1]'])('%s is taken', (hosts) => {
    expect(load({ ALLOWED_HOSTS: hosts }).allowedHosts).not.toHaveLength(0);
  });

  test.each(['https://files.example.org', 'files.*.org', 'a/b', '*,a@b'])('%s is refused', (hosts) => {
    expect(() => load({ ALLOWED_HOSTS: hosts })).toThrow(/ALLOWED_HOSTS: ".+" is no host such as/);
  });
});
