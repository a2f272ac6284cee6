import { scopes as allScopes, type Scope } from '@wharf/contracts';
import type { Access, Route } from '../../services/gateway/src/access/route-table.js';
import { bearer, cookie } from '../accounts-client.ts';
import { type Cast, fileScopes } from './cast.ts';

type Asked = Pick<Route, 'access' | 'method'>;

export interface Caller {
  who: string;
  shows(cast: Cast, access: Access): Record<string, string> | Promise<Record<string, string>>;
  /** The status for a route that asks this; or whose column of the row it is. */
  expected(asked: Asked): number | 'owner' | 'other' | 'admin';
  /** Every gateway has to know that it ended. */
  hasEnded?: true;
}

const inSeconds = (seconds: number) => Date.now() / 1000 + seconds;
/** Nothing that is shown counts on a public door. */
const isPublic = ({ access }: Asked) => access === 'public' || access === 'link' || access === 'request';
const isUnsafe = ({ method }: Asked) => !['GET', 'HEAD', 'OPTIONS'].includes(method);

const asOwner: Caller['expected'] = ({ access }) => (access === 'admin' ? 403 : 'owner');
const asOther: Caller['expected'] = (asked) => (isPublic(asked) ? 'owner' : asked.access === 'admin' ? 403 : 'other');
const asAdmin: Caller['expected'] = (asked) => (isPublic(asked) ? 'owner' : 'admin');
const notValid: Caller['expected'] = (asked) => (isPublic(asked) ? 'owner' : 401);
/** As another one, unless it changes something. */
const reading =
  (as: Caller['expected']): Caller['expected'] =>
  (asked) =>
    isUnsafe(asked) ? 403 : as(asked);

/** A key makes no keys, and administers only where its user does. */
const byKey =
  (as: Caller['expected']): Caller['expected'] =>
  (asked) =>
    asked.access === 'user' ? 403 : as(asked);

/** A key of the owner with some scopes. */
function byKeyWith(isEnough: (access: Access) => boolean): Caller['expected'] {
  return (asked) => (isPublic(asked) || asked.access === 'signed_in' || isEnough(asked.access) ? 'owner' : 403);
}

const otherwise: Partial<Record<Access, Scope>> = { readable: 'files:read', deliver: 'files:create' };
const neededBy = (access: Access) => otherwise[access] ?? (access as Scope);
const all = (scopes: readonly Scope[]) => scopes.join(' ');

const withoutCredentials: Caller[] = [
  { who: 'nobody', shows: () => ({}), expected: notValid },
  { who: 'garbage', shows: () => bearer('garbage'), expected: notValid },
  { who: 'another scheme', shows: () => ({ Authorization: 'Basic b3duZXI6cGFzcw==' }), expected: notValid },
  {
    who: 'a key that nobody made',
    shows: () => bearer(`wharf_0123456789abcdef_${'A'.repeat(43)}`),
    expected: notValid,
  },
  { who: 'a refresh token', shows: ({ owner }) => bearer(owner.refreshToken), expected: notValid },
  {
    who: 'two credentials at once',
    shows: ({ owner }) => ({ ...bearer(owner.accessToken), ...cookie(owner.accessToken) }),
    expected: notValid,
  },
];

/** Signed by the key of the accounts service, where nothing else is said. */
const tokens: Caller[] = [
  {
    who: 'a token that is signed anew, with nothing changed',
    shows: ({ forge, owner }) => bearer(forge.changed(owner.accessToken)),
    expected: asOwner,
  },
  {
    who: 'an expired token',
    shows: ({ forge, owner }) => bearer(forge.changed(owner.accessToken, { claims: { exp: inSeconds(-60) } })),
    expected: notValid,
  },
  {
    who: 'a token for others',
    shows: ({ forge, admin }) => bearer(forge.changed(admin.accessToken, { claims: { aud: 'others' } })),
    expected: notValid,
  },
  {
    who: 'a token by others',
    shows: ({ forge, admin }) => bearer(forge.changed(admin.accessToken, { claims: { iss: 'others' } })),
    expected: notValid,
  },
  {
    who: 'a token of another type',
    shows: ({ forge, admin }) => bearer(forge.changed(admin.accessToken, { header: { typ: 'JWT' } })),
    expected: notValid,
  },
  {
    who: 'a token that nobody signed',
    shows: ({ forge, admin }) => bearer(forge.unsigned(admin.accessToken)),
    expected: notValid,
  },
  {
    who: 'a token signed by the public key',
    shows: ({ forge, admin }) => bearer(forge.byPublicKey(admin.accessToken)),
    expected: notValid,
  },
  {
    who: 'a token signed by a stranger',
    shows: ({ forge, admin }) => bearer(forge.byStranger(admin.accessToken)),
    expected: notValid,
  },
  {
    who: 'a token to which scopes were added',
    shows: ({ forge, owner }) => bearer(forge.tampered(owner.accessToken, { scope: all(allScopes) })),
    expected: notValid,
  },
];

const ofBefore: Omit<Caller, 'hasEnded'>[] = [
  { who: 'a session that has ended', shows: (cast) => bearer(cast.ended.tokenOfSession), expected: notValid },
  { who: 'a revoked key', shows: (cast) => bearer(cast.ended.key), expected: notValid },
  { who: 'an expired key', shows: (cast) => bearer(cast.ended.expiredKey), expected: notValid },
  { who: 'a user who was disabled', shows: (cast) => bearer(cast.ended.tokenOfDisabled), expected: notValid },
  { who: 'a key of a user who was disabled', shows: (cast) => bearer(cast.ended.keyOfDisabled), expected: notValid },
  { who: 'a token of a former admin', shows: (cast) => bearer(cast.ended.tokenOfFormerAdmin), expected: notValid },
  {
    who: 'a key of a former admin, with all scopes',
    shows: (cast) => bearer(cast.ended.keyOfFormerAdmin),
    expected: byKey(asOther),
  },
];

const ended = ofBefore.map((caller): Caller => ({ ...caller, hasEnded: true }));

const keys: Caller[] = [
  {
    who: 'a key for uploads alone',
    shows: async ({ keyOf, owner }) => bearer(await keyOf(owner, ['files:create'])),
    expected: byKeyWith((access) => neededBy(access) === 'files:create'),
  },
  {
    who: 'a key without the scope',
    shows: async ({ keyOf, owner }, access) => {
      const others = fileScopes.filter((scope) => scope !== neededBy(access));
      return bearer(await keyOf(owner, others));
    },
    expected: byKeyWith(() => false),
  },
  {
    who: 'a key with the scope alone',
    shows: async ({ keyOf, owner }, access) => {
      const needed = fileScopes.filter((scope) => scope === neededBy(access));
      return bearer(await keyOf(owner, needed.length > 0 ? needed : ['files:read']));
    },
    expected: byKeyWith((access) => fileScopes.includes(neededBy(access))),
  },
  {
    who: 'a key of somebody else',
    shows: async ({ keyOf, other }) => bearer(await keyOf(other, fileScopes)),
    expected: byKey(asOther),
  },
  {
    who: 'a key of an admin, for files of its own',
    shows: async ({ admin, keyOf }) => bearer(await keyOf(admin, fileScopes)),
    expected: byKey(asOther),
  },
  {
    who: 'a key of an admin, with all scopes',
    shows: async ({ admin, keyOf }) => bearer(await keyOf(admin, allScopes)),
    expected: byKey(asAdmin),
  },
];

/** It begins deliveries, and meets nothing else: what is there of its owner is not there for it. */
const delivering: Caller['expected'] = (asked) =>
  isPublic(asked) ? 'owner' : asked.access === 'deliver' ? 'other' : 403;
const byToken = ({ requestToken }: Cast) => ({ 'Wharf-Request': requestToken });

const deliverers: Caller[] = [
  { who: "the token of the owner's request", shows: byToken, expected: delivering },
  {
    who: "the token of the owner's request, beside the owner's own",
    shows: (cast) => ({ ...byToken(cast), ...bearer(cast.owner.accessToken) }),
    expected: delivering,
  },
  {
    who: 'a token of no request, beside the credentials of an admin',
    shows: ({ admin }) => ({ 'Wharf-Request': 'A'.repeat(43), ...bearer(admin.accessToken) }),
    expected: (asked) => (isPublic(asked) ? 'owner' : asked.access === 'deliver' ? 404 : 403),
  },
];

const foreign = { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://foreign.example.org' };

const cookies: Caller[] = [
  {
    who: 'the owner by a cookie, from a page of this address',
    shows: ({ owner }) => ({ ...cookie(owner.accessToken), 'Sec-Fetch-Site': 'same-origin' }),
    expected: asOwner,
  },
  {
    who: 'the owner by a cookie, from nobody knows where',
    shows: ({ owner }) => cookie(owner.accessToken),
    expected: (asked) => (isPublic(asked) ? 'owner' : reading(asOwner)(asked)),
  },
  {
    who: 'an admin by a cookie, from a page of another address',
    shows: ({ admin }) => ({ ...cookie(admin.accessToken), ...foreign }),
    expected: reading(asAdmin),
  },
  { who: 'a page of another address', shows: () => foreign, expected: reading(notValid) },
];

const people: Caller[] = [
  { who: 'the owner', shows: ({ owner }) => bearer(owner.accessToken), expected: asOwner },
  { who: 'somebody else', shows: ({ other }) => bearer(other.accessToken), expected: asOther },
  { who: 'an admin', shows: ({ admin }) => bearer(admin.accessToken), expected: asAdmin },
];

export const callers: Caller[] = [
  ...withoutCredentials,
  ...tokens,
  ...ended,
  ...keys,
  ...cookies,
  ...deliverers,
  ...people,
];
