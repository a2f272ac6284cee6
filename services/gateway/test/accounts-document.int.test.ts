import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { bodyOf, type DescribedOperation, exampleOf, readOpenApi } from '../../../e2e/openapi.ts';
import { routes } from '../src/access/route-table.js';
import { buildOpenApi } from '../src/docs/build-openapi.js';
import { type AccessWorld, bearer, openAccessWorld } from './access-world.js';

let access: AccessWorld;
let url: string;
let admin: string;
let adminsId: string;
const api = readOpenApi(JSON.parse(JSON.stringify(buildOpenApi())));
const ofAccounts = api.operations.filter(({ tags }) => tags.includes('accounts') || tags.includes('users'));

beforeAll(async () => {
  access = await openAccessWorld();
  url = (await access.start()).url;
  const user = access.accounts.addUser('admin@example.org', { role: 'admin' });
  adminsId = user.id;
  admin = await access.accounts.sign(user);
});

afterAll(() => access?.world.close());

interface Sent {
  headers?: Record<string, string>;
  body?: unknown;
  values?: Record<string, string>;
}

/** Sends a request as the document describes it, and expects an answer that it describes. */
async function call(operation: DescribedOperation, { body, headers = {}, values = {} }: Sent): Promise<Response> {
  const target = new URL(url);
  target.pathname = operation.path;
  for (const parameter of operation.parameters) {
    const value = values[parameter.name] ?? String(exampleOf(parameter));
    if (parameter.in === 'path') target.pathname = target.pathname.replace(`%7B${parameter.name}%7D`, value);
    if (parameter.in === 'query') target.searchParams.set(parameter.name, value);
  }
  const sent = bodyOf(operation, body);
  const answer = await fetch(target, {
    method: operation.method.toUpperCase(),
    headers: { ...headers, ...(sent.type && { 'Content-Type': sent.type }) },
    body: sent.body,
  });
  const complaints = await api.complaints(operation, answer.clone());
  expect({ status: answer.status, complaints }).toEqual({ status: answer.status, complaints: [] });
  return answer;
}

/** What stands in place of examples that speak of somebody, or of a token, that is not there. */
async function realOf(operationId: string): Promise<Sent> {
  if (operationId === 'register')
    return { body: { email: `${crypto.randomUUID()}@example.org`, password: 'long enough' } };
  if (operationId === 'logIn') return { body: { email: 'admin@example.org', password: 'a long pass phrase' } };
  if (operationId === 'refresh') return { body: { refresh_token: await refreshToken() } };
  if (operationId.endsWith('User')) return { values: { id: adminsId } };
  return {};
}

async function refreshToken(): Promise<string> {
  const answer = await call(operationOf('logIn'), await realOf('logIn'));
  const [, token = ''] = /^wharf_refresh=([^;]+)/.exec(answer.headers.getSetCookie()[1] ?? '') ?? [];
  return token;
}

const operationOf = (id: string) => ofAccounts.find(({ operationId }) => operationId === id) as DescribedOperation;

test.each(ofAccounts)('$operationId is answered as the document says', async (operation) => {
  const headers = operation.security.length > 0 ? bearer(admin) : {};
  const answer = await call(operation, { ...(await realOf(operation.operationId)), headers });
  expect(answer.status).toBeLessThan(300);
});

test.each(ofAccounts.filter(({ security }) => security.length > 0))(
  '$operationId is refused as the document says',
  async (operation) => {
    const real = await realOf(operation.operationId);
    expect((await call(operation, real)).status).toBe(401);
    expect((await call(operation, { ...real, headers: bearer('a.b.c') })).status).toBe(401);
  },
);

test('every operation is a route of the same name', () => {
  const names = new Set(
    api.operations
      .filter(({ method, operationId }) => method !== 'head' || operationId in routes)
      .map(({ operationId }) => operationId),
  );
  expect([...names].sort()).toEqual(Object.keys(routes).sort());
});
