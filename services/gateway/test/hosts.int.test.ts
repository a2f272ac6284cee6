import { connect } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createLogger, loadConfig } from '@wharf/service-kit';
import { rawRequest } from '../../../e2e/raw-http.ts';
import { startProcess } from '../../../scripts/servers/child-process.ts';
import { gatewaySettings } from '../src/config.js';
import { startGateway } from '../src/start.js';
import { GatewayWorld } from './world.js';

let world: GatewayWorld;
/** Gateways by what they are configured with. */
let byDefault: string;
let named: string;
let open: string;
let behindProxy: string;

beforeAll(async () => {
  world = await GatewayWorld.open();
  const start = async (more: Record<string, string>) => (await world.start(more)).url;
  byDefault = await start({});
  named = await start({ ALLOWED_HOSTS: 'files.example.org, *.wharf.test:8080' });
  open = await start({ ALLOWED_HOSTS: '*' });
  behindProxy = await start({ TRUST_PROXY: '1' });
});

afterAll(() => world?.close());

/** What the head of a request is answered with, as it stands here. */
function send(url: string, head: string): Promise<{ status: number; body: string }> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    let received = '';
    const socket = connect({ host: hostname, port: Number(port) });
    socket.setEncoding('latin1');
    socket.on('data', (piece) => {
      received += piece;
    });
    socket.on('error', reject);
    socket.on('close', () =>
      resolve({ status: Number(received.split(' ')[1]), body: received.split('\r\n\r\n')[1] ?? '' }),
    );
    socket.write(`${head}Connection: close\r\n\r\n`);
  });
}

/** `{host}` is the authority of the gateway itself. */
async function statusFor(url: string, host: string | undefined, path = '/openapi.json', version = '1.1') {
  const line = host === undefined ? '' : `Host: ${host.replace('{host}', new URL(url).host)}\r\n`;
  return (await send(url, `GET ${path} HTTP/${version}\r\n${line}`)).status;
}

describe('while HOST is a loopback address and ALLOWED_HOSTS is unset', () => {
  test.each([
    ['{host}', 200],
    ['localhost', 200],
    ['LOCALHOST:8080', 200],
    ['localhost.', 200],
    ['wharf.localhost:1', 200],
    ['127.8.9.10', 200],
    ['[::1]:8080', 200],
    ['evil.test', 421],
    ['localhost.evil.test', 421],
    ['127.0.0.1.evil.test:8080', 421],
    ['10.0.0.7', 421],
    ['127.1', 421],
    ['0x7f.1', 421],
    ['2130706433', 421],
    ['[::2]', 421],
    ['[::1%25lo]', 400],
    ['::1', 400],
    ['evil@{host}', 400],
    ['{host}@evil.test', 400],
    ['', 400],
  ])('Host: %s is answered %d', async (host, status) => {
    expect(await statusFor(byDefault, host)).toBe(status);
  });

  test.each([
    ['GET', '/docs'],
    ['GET', '/docs/swagger-ui.css'],
    ['GET', '/openapi.json'],
    ['GET', '/asyncapi.json'],
    ['GET', '/metrics'],
    ['GET', '/nothing'],
    ['GET', '/api/v1/files'],
    ['GET', '/api/v1/files/01936f2e-8a3b-7c4d-9e5f-0123456789ab'],
    ['HEAD', '/api/v1/files/01936f2e-8a3b-7c4d-9e5f-0123456789ab'],
    ['DELETE', '/api/v1/files/01936f2e-8a3b-7c4d-9e5f-0123456789ab'],
    ['GET', '/api/v1/links/secret'],
    ['POST', '/api/v1/files'],
    ['PUT', '/api/v1/files/stream'],
    ['OPTIONS', '/api/v1/files'],
    ['GET', '/health'],
    ['GET', '/health/live/x'],
    ['GET', '/health/../metrics'],
    ['GET', '/metrics?/health/live'],
  ])('%s %s is refused for another host', async (method, path) => {
    const { status, body } = await send(byDefault, `${method} ${path} HTTP/1.1\r\nHost: evil.test\r\n`);
    expect(status).toBe(421);
    if (method !== 'HEAD') expect(JSON.parse(body)).toMatchObject({ status: 421, code: 'misdirected_request' });
  });

  test('health checks name the host that they like', async () => {
    expect(await statusFor(byDefault, '10.0.0.7:8080', '/health/live')).toBe(200);
    expect(await statusFor(byDefault, '10.0.0.7:8080', '/health/ready')).not.toBe(421);
  });

  test('HTTP/1.0 may name none, and HTTP/1.1 may not', async () => {
    expect(await statusFor(byDefault, undefined, '/openapi.json', '1.0')).toBe(200);
    expect(await statusFor(byDefault, 'evil.test', '/openapi.json', '1.0')).toBe(421);
    expect(await statusFor(byDefault, undefined)).toBe(400);
  });

  test('a refused upload is not asked for its body', async () => {
    const head =
      'POST /api/v1/files/stream HTTP/1.1\r\nHost: evil.test\r\nExpect: 100-continue\r\nContent-Length: 9\r\n';
    expect((await send(byDefault, head)).status).toBe(421);
  });

  test('a host that was allowed before allows no other', async () => {
    expect([await statusFor(byDefault, 'localhost'), await statusFor(byDefault, 'evil.test')]).toEqual([200, 421]);
    expect([await statusFor(byDefault, 'localhost'), await statusFor(byDefault, 'localhost:1')]).toEqual([200, 200]);
  });
});

test.each([
  ['files.example.org', 200],
  ['files.example.org:443', 200],
  ['a.wharf.test:8080', 200],
  ['a.wharf.test', 421],
  ['wharf.test:8080', 421],
  ['localhost', 421],
  ['{host}', 421],
])('ALLOWED_HOSTS=files.example.org,*.wharf.test:8080: %s is answered %d', async (host, status) => {
  expect(await statusFor(named, host)).toBe(status);
});

test.each([
  ['evil.test', 200],
  ['10.0.0.7:8080', 200],
  ['', 400],
  ['a@b', 400],
])('ALLOWED_HOSTS=*: %j is answered %d', async (host, status) => {
  expect(await statusFor(open, host)).toBe(status);
});

test('every host is allowed where HOST is no loopback address', async () => {
  const config = loadConfig(gatewaySettings, { ...world.environment, HOST: '0.0.0.0', AUTH: 'open' });
  const gateway = await startGateway(config, createLogger('e2e', 'silent'));
  try {
    expect(await statusFor(gateway.url.replace('0.0.0.0', '127.0.0.1'), 'files.example.org')).toBe(200);
  } finally {
    await gateway.close();
  }
});

test('X-Forwarded-Host is believed from nobody', async () => {
  for (const url of [byDefault, behindProxy]) {
    const forwarded = { 'X-Forwarded-Host': 'evil.test' };
    expect((await rawRequest(`${url}/openapi.json`, { headers: forwarded })).status).toBe(200);
    const allowed = { Host: 'evil.test', 'X-Forwarded-Host': 'localhost', 'X-Forwarded-For': '10.0.0.1' };
    expect((await rawRequest(`${url}/openapi.json`, { headers: allowed })).status).toBe(421);
  }
});

test.each([
  ['ALLOWED_HOSTS', 'https://files.example.org'],
  ['CORS_ORIGINS', 'null'],
  ['CORS_ORIGINS', 'https://app.example.org/'],
])('%s=%s ends the start with 78, in words', async (name, value) => {
  const lines: string[] = [];
  const gateway = await startProcess({
    name: 'gateway',
    command: process.execPath,
    args: [path.resolve('services/gateway/dist/main.js')],
    env: { ...world.environment, PATH: process.env.PATH as string, [name]: value },
    log: (line) => lines.push(line),
  });
  const { code } = await gateway.exited;
  await gateway.outputEnded;
  expect({ code, said: lines.join('\n') }).toEqual({
    code: 78,
    said: expect.stringContaining(`${name}: "${value}" is`),
  });
});
