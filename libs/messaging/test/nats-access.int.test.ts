import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { ConfigError, createLogger, loadConfig, natsSettings } from '@wharf/service-kit';
import { eventually, freshFolder } from '@wharf/test-kit';
import { nkeys } from 'nats';
import { makeCertificates } from '../../../libs/test-kit/test/certificates.ts';
import { type NatsServer, startNats } from '../../../scripts/servers/nats.ts';
import { Bus, natsAccess } from '../src/index.js';

jest.setTimeout(60_000);

const password = 'p@ss:/w0rd';
let folder: Awaited<ReturnType<typeof freshFolder>>;
let server: NatsServer | undefined;
let started = 0;
const buses: Bus[] = [];

beforeAll(async () => {
  folder = await freshFolder('nats-access');
});

afterEach(async () => {
  await Promise.all(buses.splice(0).map((bus) => bus.drain()));
  await server?.stop();
  server = undefined;
});

afterAll(async () => {
  await folder.remove();
});

async function start(...settings: string[]): Promise<number> {
  server = await startNats({ dir: path.join(folder.path, `nats-${started++}`), log: () => undefined, settings });
  return server.port;
}

const accessOf = (environment: Record<string, string>) => natsAccess(loadConfig(natsSettings, environment));

/** A bus, and everything that it has logged. */
function open(environment: Record<string, string>): { bus: Bus; log: string[] } {
  const log: string[] = [];
  const logger = createLogger('test', 'trace');
  for (const level of ['info', 'warn', 'error'] as const) {
    logger[level] = ((...all: unknown[]) => void log.push(inspect(all, { depth: 5 }))) as typeof logger.info;
  }
  const bus = Bus.open({ ...accessOf(environment), name: 'test', logger });
  buses.push(bus);
  return { bus, log };
}

async function expectConnected(environment: Record<string, string>): Promise<void> {
  const { bus, log } = open(environment);
  await eventually(() => expect(log.join('\n')).toContain('connected: true'), { timeoutMs: 45_000 });
  await bus.roundTrip();
}

async function expectRefused(environment: Record<string, string>, reason: RegExp, secret: string): Promise<void> {
  const { bus, log } = open(environment);
  await eventually(() => expect(log.join('\n')).toMatch(reason));
  expect(bus.isConnected).toBe(false);
  expect(log.join('\n')).not.toContain(secret);
}

function file(name: string, content: string): string {
  const where = path.join(folder.path, name);
  writeFileSync(where, content);
  return where;
}

test('user and password, in the address or beside it, or from a file', async () => {
  const port = await start(`authorization { user: alice, password: ${JSON.stringify(password)} }`);
  const url = `nats://127.0.0.1:${port}`;
  await expectConnected({ NATS_URL: `nats://alice:${encodeURIComponent(password)}@127.0.0.1:${port}` });
  await expectConnected({ NATS_URL: url, NATS_USER: 'alice', NATS_PASSWORD: password });
  await expectConnected({ NATS_URL: url, NATS_USER: 'alice', NATS_PASSWORD_FILE: file('password', `${password}\n`) });
  // The first of them is not there.
  await expectConnected({
    NATS_URL: `nats://127.0.0.1:9,nats://alice:${encodeURIComponent(password)}@127.0.0.1:${port}`,
  });
  await expectRefused(
    { NATS_URL: `nats://alice:the-secret@127.0.0.1:${port}` },
    /AUTHORIZATION_VIOLATION/,
    'the-secret',
  );
  await expectRefused({ NATS_URL: url }, /AUTHORIZATION_VIOLATION/, 'the-secret');
});

test('a token', async () => {
  const port = await start('authorization { token: "t0ken" }');
  await expectConnected({ NATS_URL: `nats://t0ken@127.0.0.1:${port}` });
  await expectRefused({ NATS_URL: `nats://the-secret@127.0.0.1:${port}` }, /AUTHORIZATION_VIOLATION/, 'the-secret');
});

test('an NKey', async () => {
  const pair = nkeys.createUser();
  const port = await start(`authorization { users: [ { nkey: ${pair.getPublicKey()} } ] }`);
  const url = `nats://127.0.0.1:${port}`;
  const seed = new TextDecoder().decode(pair.getSeed());
  await expectConnected({ NATS_URL: url, NATS_NKEY_SEED: seed });
  await expectConnected({ NATS_URL: url, NATS_NKEY_SEED_FILE: file('seed', `${seed}\n`) });
  const other = new TextDecoder().decode(nkeys.createUser().getSeed());
  await expectRefused({ NATS_URL: url, NATS_NKEY_SEED: other }, /AUTHORIZATION_VIOLATION/, other);
});

test('a credentials file, by its path or its content', async () => {
  const { creds, settings } = operatorMode();
  const port = await start(...settings);
  const url = `nats://127.0.0.1:${port}`;
  await expectConnected({ NATS_URL: url, NATS_CREDS: creds });
  await expectConnected({ NATS_URL: url, NATS_CREDS: file('user.creds', creds) });
  await expectConnected({ NATS_URL: url, NATS_CREDS_FILE: file('user.creds', creds) });
  await expectRefused({ NATS_URL: url }, /AUTHORIZATION_VIOLATION/, 'the-secret');
});

test.each([
  ['NATS_CREDS', '/nowhere/the-secret'],
  ['NATS_CREDS', '-----BEGIN NATS USER JWT-----\nthe-secret\n------END NATS USER JWT------\n'],
  ['NATS_NKEY_SEED', `SU${'A'.repeat(56)}`],
  ['NATS_TLS_CA', '/nowhere/the-secret'],
])('%s that is none is an error of the configuration, and not repeated', (name, value) => {
  let caught: unknown;
  try {
    accessOf({ NATS_URL: 'nats://127.0.0.1', [name]: value });
  } catch (error) {
    caught = error;
  }
  expect(caught).toBeInstanceOf(ConfigError);
  expect(String(caught)).toContain(name);
  expect(String(caught)).not.toMatch(/the-secret|SUAAA/);
});

describe('TLS', () => {
  test('is verified by our own CA, by name and by address, and is insisted on', async () => {
    const { ca, certificate, key } = certificates('server', 'DNS:localhost,IP:127.0.0.1');
    const port = await start(`tls { cert_file: ${JSON.stringify(certificate)}, key_file: ${JSON.stringify(key)} }`);
    await expectConnected({ NATS_URL: `tls://localhost:${port}`, NATS_TLS_CA: ca });
    await expectConnected({ NATS_URL: `tls://127.0.0.1:${port}`, NATS_CA: ca });
    await expectConnected({ NATS_URL: `nats://localhost:${port}`, NATS_TLS_CA: readFileSync(ca, 'utf8') });
    await expectRefused(
      { NATS_URL: `tls://localhost:${port}` },
      /UNABLE_TO_VERIFY|SELF_SIGNED|certificate/,
      'the-secret',
    );
    const other = certificates('other', 'DNS:localhost').ca;
    await expectRefused(
      { NATS_URL: `tls://localhost:${port}`, NATS_TLS_CA: other },
      /UNABLE_TO_VERIFY|SELF_SIGNED|certificate/,
      'the-secret',
    );
  });

  test('a certificate of another host is refused, an address too', async () => {
    const { ca, certificate, key } = certificates('elsewhere', 'DNS:localhost');
    const port = await start(`tls { cert_file: ${JSON.stringify(certificate)}, key_file: ${JSON.stringify(key)} }`);
    await expectRefused({ NATS_URL: `tls://127.0.0.1:${port}`, NATS_TLS_CA: ca }, /altnames/i, 'the-secret');
  });

  test('a server without it is refused', async () => {
    const port = await start();
    const { ca } = certificates('unused', 'DNS:localhost');
    await expectRefused({ NATS_URL: `tls://u:the-secret@127.0.0.1:${port}` }, /tls/, 'the-secret');
    await expectRefused({ NATS_URL: `nats://127.0.0.1:${port}`, NATS_TLS_CA: ca }, /tls/, 'the-secret');
  });

  test('a server that wants to see a certificate is shown one', async () => {
    const { ca, certificate, key } = certificates('both', 'DNS:localhost');
    const files = `cert_file: ${JSON.stringify(certificate)}, key_file: ${JSON.stringify(key)}`;
    const port = await start(`tls { ${files}, ca_file: ${JSON.stringify(ca)}, verify: true }`);
    const environment = { NATS_URL: `tls://localhost:${port}`, NATS_TLS_CA: ca };
    await expectConnected({ ...environment, NATS_TLS_CERT: certificate, NATS_TLS_KEY_FILE: key });
    await expectRefused(environment, /error/i, 'the-secret');
  });
});

const certificates = (name: string, altNames: string) =>
  makeCertificates(path.join(folder.path, `tls-${name}`), altNames);

/** An operator with a system account and one of ours, and a user of it. Source: https://docs.nats.io/running-a-nats-service/configuration/securing_nats/jwt */
function operatorMode(): { creds: string; settings: string[] } {
  const [operator, system, account, user] = [
    nkeys.createOperator(),
    nkeys.createAccount(),
    nkeys.createAccount(),
    nkeys.createUser(),
  ];
  type Pair = typeof operator;
  const jwt = (issuer: Pair, subject: Pair, nats: object) => {
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = { jti: 'x', iat: 1, iss: issuer.getPublicKey(), sub: subject.getPublicKey(), name: 'x' };
    const signed = `${encode({ typ: 'JWT', alg: 'ed25519-nkey' })}.${encode({ ...claims, nats: { ...nats, version: 2 } })}`;
    return `${signed}.${Buffer.from(issuer.sign(new TextEncoder().encode(signed))).toString('base64url')}`;
  };
  const unlimited = { subs: -1, conn: -1, leaf: -1, imports: -1, exports: -1, data: -1, payload: -1, wildcards: true };
  const accountJwt = (pair: Pair) => jwt(operator, pair, { type: 'account', limits: unlimited });
  const preload = [system, account].map((pair) => `${pair.getPublicKey()}: "${accountJwt(pair)}"`);
  const userJwt = jwt(account, user, { type: 'user', subs: -1, data: -1, payload: -1 });
  return {
    creds: [
      '-----BEGIN NATS USER JWT-----',
      userJwt,
      '------END NATS USER JWT------',
      '',
      '-----BEGIN USER NKEY SEED-----',
      new TextDecoder().decode(user.getSeed()),
      '------END USER NKEY SEED------',
      '',
    ].join('\n'),
    settings: [
      `operator: "${jwt(operator, operator, { type: 'operator' })}"`,
      `system_account: ${system.getPublicKey()}`,
      'resolver: MEMORY',
      `resolver_preload { ${preload.join(', ')} }`,
    ],
  };
}
