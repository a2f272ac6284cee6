import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { gatewaySettings, startGateway } from '@wharf/gateway';
import { type Logger, loadConfig, type Running } from '@wharf/service-kit';
import { eventually } from '@wharf/test-kit';
import { pino } from 'pino';
import { Forge } from './access-matrix/forge.ts';
import { bearer, cookie, createKey, register, sendJson } from './accounts-client.ts';
import { openWharf, type Wharf } from './wharf.ts';

let wharf: Wharf;
let gateway: Running;
const lines: string[] = [];

beforeAll(async () => {
  wharf = await openWharf({ AUTH: 'required', TRUST_PROXY: 'true', REGISTRATION: 'open' });
  await Promise.all([wharf.start('metadata'), wharf.start('accounts')]);
  const logger: Logger = pino(
    { level: 'trace', serializers: { error: pino.stdSerializers.errWithCause } },
    { write: (line: string) => void lines.push(line) },
  );
  gateway = await startGateway(loadConfig(gatewaySettings, wharf.environment), logger);
  await eventually(async () => expect((await fetch(`${gateway.url}/.well-known/jwks.json`)).status).toBe(200));
});

afterAll(async () => {
  await gateway?.close();
  await wharf?.close();
});

test('whatever is answered, the log of a gateway has no secret in it', async () => {
  const password = `password-${crypto.randomUUID()}`;
  const login = await register(gateway.url, password);
  const { accessToken, refreshToken } = login;
  const { email } = login.user;
  const post = (path: string, body: object) => sendJson(`${gateway.url}/api/v1/auth/${path}`, body);
  await post('login', { email, password: `${password}-wrong` });
  await post('refresh', { refresh_token: `${refreshToken}x` });
  const { key } = await createKey(gateway.url, login, { scopes: ['files:create'] });
  const forge = await Forge.open(wharf.environment.DATABASE_URL as string, accessToken);
  const expired = forge.changed(accessToken, { claims: { exp: 1 } });
  for (const token of [accessToken, key, expired, `${key.slice(0, -3)}AAA`, 'garbage']) {
    await fetch(`${gateway.url}/api/v1/files`, { headers: bearer(token) });
    await fetch(`${gateway.url}/api/v1/files`, { headers: cookie(token) });
  }
  await wharf.stop('accounts');
  await post('login', { email, password });
  await fetch(`${gateway.url}/api/v1/files`, { headers: bearer(key.replace(/.$/, 'B')) });
  await eventually(() => expect(lines.filter((line) => line.includes('"msg":"request"')).length).toBeGreaterThan(15));
  const text = lines.join('');
  for (const secret of [password, refreshToken, key.slice(23), accessToken.split('.')[2], expired.split('.')[2]]) {
    expect(secret).toBeTruthy();
    expect(text).not.toContain(secret);
  }
});
