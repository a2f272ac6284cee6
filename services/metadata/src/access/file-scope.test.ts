import { expect, test } from '@jest/globals';
import { type Caller, mayChange, mayRead, openCaller, serviceCaller, type Visibility } from '@wharf/contracts';
import { type FileScope, scopeOf } from './file-scope.js';

const uid = '0193f000-0000-7000-a000-000000000000';
const other = '0193f000-0000-7000-a000-000000000001';

const callers: [string, Caller][] = [
  ['everybody, while AUTH is open', openCaller],
  ['a service', serviceCaller],
  ['nobody', { kind: 'anonymous', id: null, scopes: [] }],
  ['the owner', { kind: 'user', id: 'owner', scopes: ['files:read', 'files:write'] }],
  ["a key of the owner's", { kind: 'key', id: 'owner', scopes: ['files:create'] }],
  ['another user', { kind: 'user', id: 'other', scopes: ['files:read', 'files:write'] }],
  ['an admin', { kind: 'user', id: 'admin', scopes: ['files:all', 'admin'] }],
  ['a link to the file', { kind: 'link', id: null, scopes: [], link: { id: crypto.randomUUID(), uids: [other, uid] } }],
  ['a link to another file', { kind: 'link', id: null, scopes: [], link: { id: crypto.randomUUID(), uids: [other] } }],
  ['a link to nothing', { kind: 'link', id: null, scopes: [], link: { id: crypto.randomUUID(), uids: [] } }],
  ['a link with more', { kind: 'link', id: 'owner', scopes: ['files:all'], link: { id: uid, uids: [] } }],
];
const files: { owner_id: string | null; visibility: Visibility }[] = [
  { owner_id: 'owner', visibility: 'private' },
  { owner_id: 'owner', visibility: 'public' },
  { owner_id: null, visibility: 'private' },
  { owner_id: null, visibility: 'public' },
];

/** What the conditions mean, without a database. */
function isWithin({ kind, value }: FileScope, file: { uid: string; owner_id: string | null; visibility: Visibility }) {
  const isOwned = value !== null && file.owner_id === value;
  const meanings: Record<FileScope['kind'], boolean> = {
    all: true,
    owned: isOwned,
    owned_or_public: isOwned || file.visibility === 'public',
    linked: value?.slice(1, -1).split(',').includes(file.uid) ?? false,
  };
  return meanings[kind];
}

test.each(callers.flatMap(([who, caller]) => files.map((file) => [who, caller, file] as const)))(
  'metadata and the gateway judge alike: %s, %j, %j',
  (_who, caller, file) => {
    const asked = { uid, ...file };
    expect(isWithin(scopeOf(caller, 'read'), asked)).toBe(mayRead(asked, caller));
    expect(isWithin(scopeOf(caller, 'change'), asked)).toBe(mayChange(asked, caller));
    expect(isWithin(scopeOf(caller, 'list'), asked)).toBe(mayChange(asked, caller));
  },
);
