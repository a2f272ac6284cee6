import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { type Caller, openCaller, requestCaller, scopes } from '@wharf/contracts';
import { anonymous } from './authenticated.js';
import { refusalOf, scopesOf } from './require-access.js';
import { type Access, type Route, routes, routeTable } from './route-table.js';

const user: Caller = { kind: 'user', id: 'ann', scopes: ['files:create', 'files:read', 'files:write'] };
const uploadOnly: Caller = { kind: 'key', id: 'ann', scopes: ['files:create'] };
const admin: Caller = { kind: 'user', id: 'root', scopes: [...scopes] };
const token: Caller = { kind: 'token', id: 'sub', scopes: ['files:read', 'admin'] };

const [ok, no, who] = [undefined, 'forbidden', 'unauthenticated'];

type Expected = (string | undefined)[];

test.each<[Access, ...Expected]>([
  //                nobody, user, upload, admin, token, open, request
  ['public', ok, ok, ok, ok, ok, ok, ok],
  ['link', ok, ok, ok, ok, ok, ok, ok],
  ['request', ok, ok, ok, ok, ok, ok, ok],
  ['readable', ok, ok, ok, ok, ok, ok, ok],
  ['deliver', who, ok, ok, ok, no, ok, ok],
  ['files:create', who, ok, ok, ok, no, ok, no],
  ['files:read', who, ok, no, ok, ok, ok, no],
  ['files:write', who, ok, no, ok, no, ok, no],
  ['files:all', who, no, no, ok, no, ok, no],
  ['admin', who, no, no, ok, ok, ok, no],
  ['signed_in', who, ok, ok, ok, ok, who, no],
  ['user', who, ok, no, ok, no, who, no],
])('%s', (access, ...expected) => {
  const callers = [anonymous.caller, user, uploadOnly, admin, token, openCaller, requestCaller(randomUUID(), 'ann')];
  expect(callers.map((caller) => refusalOf(access, caller)?.code)).toEqual(expected);
});

test('a claim gives the scopes that it lists, and no others', () => {
  expect(scopesOf('openid files:read profile  files:create')).toEqual(['files:create', 'files:read']);
  expect(scopesOf('')).toEqual([]);
  expect(scopesOf('FILES:READ files:rea')).toEqual([]);
});

test('nothing that changes something is public, apart from doors of sessions and passwords, and a form that is its own permission', () => {
  const open = Object.values<Route>(routes).filter(
    ({ access, method }) =>
      !['GET', 'OPTIONS'].includes(method) &&
      !(scopes as readonly string[]).includes(access) &&
      !['user', 'deliver'].includes(access),
  );
  expect(open.map(({ path }) => path)).toEqual([
    // It reads alone, what its caller may read.
    '/api/v1/archives',
    '/api/v1/attachments/form',
    '/api/v1/links/:token/unlock',
    '/api/v1/requests/:token/unlock',
    ...['register', 'login', 'refresh', 'logout'].map((name) => `/api/v1/auth/${name}`),
  ]);
});

test('docs/security.md has the table of routes', () => {
  const page = readFileSync(new URL('../../../../docs/security.md', import.meta.url), 'utf8');
  const [, table = ''] = /<!-- routes: begin -->([\s\S]*)<!-- routes: end -->/.exec(page) ?? [];
  const rows = Map.groupBy(routeTable(), ({ access }) => access);
  const nameOf = ({ method, path }: Route) => `\`${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}\``;
  const lines = [...rows].map(([access, ofAccess]) => `| \`${access}\` | ${ofAccess.map(nameOf).join(', ')} |`);
  expect(table.trim().split('\n').slice(2)).toEqual(lines);
});
