import type { Scope, User } from '@wharf/contracts';
import type { Access } from '../../services/gateway/src/access/route-table.js';
import { type Accounts, signedByPublicKey, unsigned } from './accounts.ts';

/** The people of the matrix; the files are the owner's. */
export interface People {
  owner: User;
  other: User;
  admin: User;
  disabled: User;
  /** From before. */
  disabledsToken: string;
}

export interface Caller {
  who: string;
  /** What is shown as `Authorization: Bearer`; undefined for nothing. */
  shows(accounts: Accounts, people: People, access: Access): Promise<string | undefined>;
  /** The status for a route that asks this; or whose column of the row it is. */
  expected(access: Access): number | 'owner' | 'other' | 'admin';
}

const inSeconds = (seconds: number) => Date.now() / 1000 + seconds;
/** Nothing that is shown counts on a public door. */
const isPublic = (access: Access) => access === 'public' || access === 'link';
const notValid = (access: Access) => (isPublic(access) ? 'owner' : 401);

/** A key whose scopes lead no further than its user's, which may make no keys. */
function ofKey(isEnough: (access: Access) => boolean): Caller['expected'] {
  return (access) => (isPublic(access) || access === 'signed_in' || isEnough(access) ? 'owner' : 403);
}

const fileScopes: Scope[] = ['files:create', 'files:read', 'files:write'];
const neededBy = (access: Access) => (access === 'readable' ? 'files:read' : access);

export const callers: Caller[] = [
  { who: 'nobody', shows: async () => undefined, expected: notValid },
  { who: 'garbage', shows: async () => 'garbage', expected: notValid },
  {
    who: 'an expired token',
    shows: (accounts, { owner }) => accounts.sign(owner, { claims: { exp: inSeconds(-60) } }),
    expected: notValid,
  },
  {
    who: 'a token for others',
    shows: (accounts, { owner }) => accounts.sign(owner, { claims: { aud: 'others' } }),
    expected: notValid,
  },
  {
    who: 'a token by others',
    shows: (accounts, { owner }) => accounts.sign(owner, { claims: { iss: 'others' } }),
    expected: notValid,
  },
  {
    who: 'a token that nobody signed',
    shows: async (accounts, { admin }) => unsigned(await accounts.sign(admin)),
    expected: notValid,
  },
  {
    who: 'a token signed by the public key',
    shows: async (accounts, { admin }) => signedByPublicKey(await accounts.sign(admin), accounts.publicKey()),
    expected: notValid,
  },
  {
    who: 'a revoked key',
    shows: async (accounts, { owner }) => {
      const key = await accounts.addKey(owner, fileScopes);
      await accounts.revokeKey(key);
      return key;
    },
    expected: notValid,
  },
  {
    who: 'a user who was disabled',
    shows: async (_accounts, { disabledsToken }) => disabledsToken,
    expected: notValid,
  },
  {
    who: 'a key of a user who was disabled',
    shows: (accounts, { disabled }) => accounts.addKey(disabled, fileScopes),
    expected: notValid,
  },
  {
    who: 'a key for uploads alone',
    shows: (accounts, { owner }) => accounts.addKey(owner, ['files:create']),
    expected: ofKey((access) => access === 'files:create'),
  },
  {
    who: 'a key without the scope',
    shows: (accounts, { owner }, access) =>
      accounts.addKey(
        owner,
        fileScopes.filter((scope) => scope !== neededBy(access)),
      ),
    expected: ofKey(() => false),
  },
  {
    who: 'a key with the scope alone',
    shows: (accounts, { owner }, access) => {
      const needed = fileScopes.filter((scope) => scope === neededBy(access));
      return accounts.addKey(owner, needed.length > 0 ? needed : ['files:read']);
    },
    expected: ofKey((access) => fileScopes.includes(neededBy(access) as Scope)),
  },
  {
    who: 'the owner',
    shows: (accounts, { owner }) => accounts.sign(owner),
    expected: (access) => (access === 'admin' ? 403 : 'owner'),
  },
  {
    who: 'somebody else',
    shows: (accounts, { other }) => accounts.sign(other),
    expected: (access) => (isPublic(access) ? 'owner' : access === 'admin' ? 403 : 'other'),
  },
  {
    who: 'an admin',
    shows: (accounts, { admin }) => accounts.sign(admin),
    expected: (access) => (isPublic(access) ? 'owner' : 'admin'),
  },
];
