import { expect, test } from '@jest/globals';
import { type Caller, openCaller, serviceCaller } from '@wharf/contracts';
import { scopesOfKey } from './role-scopes.js';
import { loggedInUserId, userIdOf } from './user-of-caller.js';

const id = '01936f2e-8a3b-7c4d-9e5f-0123456789ab';
const caller = (kind: Caller['kind'], of: string | null = id): Caller => ({ kind, id: of, scopes: [] });
const codeOf = (work: () => unknown) => {
  try {
    return work();
  } catch (error) {
    return (error as { code: string }).code;
  }
};

test.each([
  ['a user', caller('user'), id, id],
  ['a key', caller('key'), id, 'forbidden'],
  ['a foreign issuer’s token', caller('token'), 'unauthenticated', 'forbidden'],
  ['a link', caller('link', null), 'unauthenticated', 'forbidden'],
  ['a service', serviceCaller, 'unauthenticated', 'forbidden'],
  ['nobody', caller('anonymous', null), 'unauthenticated', 'unauthenticated'],
  ['everybody', openCaller, 'unauthenticated', 'unauthenticated'],
  ['a user without an id', caller('user', null), 'unauthenticated', 'unauthenticated'],
  ['a user of another kind of id', caller('user', 'root'), 'unauthenticated', 'unauthenticated'],
] as const)('%s', (_, who, asUser, asLoggedIn) => {
  expect(codeOf(() => userIdOf(who))).toBe(asUser);
  expect(codeOf(() => loggedInUserId(who))).toBe(asLoggedIn);
});

test('a key may do what both it and its owner may', () => {
  expect(scopesOfKey(['files:read', 'files:all', 'admin'], 'user')).toEqual(['files:read']);
  expect(scopesOfKey(['admin', 'files:read'], 'admin')).toEqual(['files:read', 'admin']);
  expect(scopesOfKey(['admin'], 'user')).toEqual([]);
});
