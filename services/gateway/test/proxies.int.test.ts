import { Writable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { loadConfig } from '@wharf/service-kit';
import { eventually } from '@wharf/test-kit';
import { pino } from 'pino';
import { gatewaySettings } from '../src/config.js';
import { startGateway } from '../src/start.js';
import { GatewayWorld } from './world.js';

let world: GatewayWorld;

beforeAll(async () => {
  world = await GatewayWorld.open();
});

afterAll(() => world?.close());

/** The address of the client in the line of the log that a gateway writes of one request. */
async function loggedAddress(TRUST_PROXY: string, headers: Record<string, string>): Promise<unknown> {
  const lines: Record<string, unknown>[] = [];
  const log = new Writable({
    write(chunk, _encoding, done) {
      lines.push(JSON.parse(String(chunk)));
      done();
    },
  });
  const config = loadConfig(gatewaySettings, { ...world.environment, TRUST_PROXY });
  const gateway = await startGateway(config, pino(log));
  try {
    await fetch(`${gateway.url}/nothing`, { headers });
    const line = await eventually(() => {
      const found = lines.find(({ msg, path }) => msg === 'request' && path === '/nothing');
      expect(found).toBeDefined();
      return found;
    });
    return line?.ip;
  } finally {
    await gateway.close();
  }
}

const client = '203.0.113.7';
const inner = '10.0.0.2';
const spoofed = '198.51.100.66';
/** Who spoke to the gateway itself. */
const direct = '127.0.0.1';

test.each([
  ['nobody is trusted', 'false', client, direct],
  ['nobody is trusted', '0', `${spoofed}, ${client}`, direct],
  ['one proxy', '1', client, client],
  ['one proxy', 'true', client, client],
  ['one proxy and a spoofed address', '1', `${spoofed}, ${client}`, client],
  ['one proxy and many spoofed addresses', '1', `${spoofed}, ${spoofed}, ${spoofed}, ${client}`, client],
  ['one proxy that says nothing', '1', undefined, direct],
  ['two proxies', '2', `${client}, ${inner}`, client],
  ['two proxies and a spoofed address', '2', `${spoofed}, ${client}, ${inner}`, client],
])('%s (TRUST_PROXY=%s), X-Forwarded-For: %s', async (_who, trusted, forwarded, address) => {
  expect(await loggedAddress(trusted, forwarded === undefined ? {} : { 'X-Forwarded-For': forwarded })).toBe(address);
});
