import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { gatewaySettings, startGateway } from '@wharf/gateway';
import { Bus } from '@wharf/messaging';
import { createLogger, type Logger, loadConfig, type Running } from '@wharf/service-kit';
import { eventually } from '@wharf/test-kit';
import { pino } from 'pino';
import { type Accounts, startAccounts } from './access-matrix/accounts.ts';
import { openWharf, type Wharf } from './wharf.ts';

let wharf: Wharf;
let bus: Bus;
let accounts: Accounts;
let gateway: Running;
const lines: string[] = [];

beforeAll(async () => {
  wharf = await openWharf({ AUTH: 'required' });
  await wharf.start('metadata');
  bus = Bus.open({ servers: [wharf.natsUrl], name: 'accounts', logger: createLogger('accounts', 'silent') });
  await bus.connected();
  accounts = await startAccounts(bus);
  const logger: Logger = pino(
    { level: 'trace', serializers: { error: pino.stdSerializers.errWithCause } },
    { write: (line: string) => void lines.push(line) },
  );
  gateway = await startGateway(loadConfig(gatewaySettings, wharf.environment), logger);
  await eventually(async () => expect((await fetch(`${gateway.url}/.well-known/jwks.json`)).status).toBe(200));
});

afterAll(async () => {
  await gateway?.close();
  await accounts?.close();
  await bus?.drain();
  await wharf?.close();
});

test('whatever is answered, the log of a gateway has no secret in it', async () => {
  const user = await accounts.addUser('user');
  const password = `password-${crypto.randomUUID()}`;
  const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });
  const post = (path: string, body: object, headers = {}) =>
    fetch(`${gateway.url}/api/v1/${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'Content-Type': 'application/json', ...headers },
    });
  const registered = await post('auth/register', { email: 'new@example.org', password });
  const { access_token } = (await registered.json()) as { access_token: string };
  const [, refresh = ''] = /wharf_refresh=([^;]+)/.exec(registered.headers.getSetCookie().join()) ?? [];
  await post('auth/login', { email: 'new@example.org', password: `${password}-wrong` });
  await post('auth/refresh', { refresh_token: `${refresh}x` });
  const made = await post('auth/keys', { name: 'key', scopes: ['files:create'] }, bearer(access_token));
  const { key } = (await made.json()) as { key: string };
  const expired = await accounts.sign(user, { claims: { exp: 1 } });
  const shown = [access_token, key, expired, `${key.slice(0, -3)}AAA`, 'garbage'];
  for (const token of shown) {
    await fetch(`${gateway.url}/api/v1/files`, { headers: bearer(token) });
    await fetch(`${gateway.url}/api/v1/files`, { headers: { Cookie: `wharf_access=${token}` } });
  }
  await accounts.close();
  await post('auth/login', { email: 'new@example.org', password });
  await fetch(`${gateway.url}/api/v1/files`, { headers: bearer(key.replace(/.$/, 'B')) });
  await eventually(() => expect(lines.filter((line) => line.includes('"msg":"request"')).length).toBeGreaterThan(15));
  const text = lines.join('');
  for (const secret of [password, refresh, key.slice(23), access_token.split('.')[2], expired.split('.')[2]]) {
    expect(secret).toBeTruthy();
    expect(text).not.toContain(secret);
  }
});
