import { z } from 'zod';
import { ShortText, Uid } from './values.js';

/**
 * What a caller may do: make files, read them, change them (deletion, links and requests included), all of that with files of other
 * owners too, and administer users.
 */
export const scopes = ['files:create', 'files:read', 'files:write', 'files:all', 'admin'] as const;
export const Scope = z.enum(scopes);
export type Scope = z.infer<typeof Scope>;

/** Who owns a file: the id of a user of the accounts service, or the `sub` of a token of the configured issuer. */
export const OwnerId = ShortText;

/** `public`: anybody may read the bytes and the record, and nothing else. */
export const Visibility = z.enum(['private', 'public']);
export type Visibility = z.infer<typeof Visibility>;

/**
 * Who makes a request, as the gateway has judged its credentials. It is made once for each request and handed down as an argument.
 * `anonymous` has no credentials: all scopes under `AUTH=open`, none under `AUTH=required`. `user` and `key` are known to the accounts
 * service, `token` to the configured issuer, `service` is one of ours. `link` and `request` hold
 * a token that leads to a few files, or takes files, and nothing else.
 */
export const Caller = z.object({
  kind: z.enum(['anonymous', 'user', 'key', 'token', 'link', 'request', 'service']),
  /** Owner of what the caller makes, and of what it finds unless it has the scope `files:all`. A key's is its owner. */
  id: OwnerId.nullable(),
  scopes: z.array(Scope),
  /** Of a share link: the files that it leads to. */
  link: z.object({ id: z.uuid(), uids: z.array(Uid) }).optional(),
  /** Of a file request: whose the files are that come by it. */
  request: z.object({ id: z.uuid(), owner_id: OwnerId.nullable() }).optional(),
});
export type Caller = z.infer<typeof Caller>;

export interface Owned {
  uid: string;
  owner_id: string | null;
  visibility: Visibility;
}

/** Whether the caller may learn of the file at all; to everybody else it does not exist. */
export function mayRead(file: Owned, caller: Caller): boolean {
  if (caller.request) return false;
  if (caller.link) return caller.link.uids.includes(file.uid);
  return file.visibility === 'public' || mayChange(file, caller);
}

/** Whether the caller may change, delete or share the file. */
export function mayChange({ owner_id: owner }: Owned, caller: Caller): boolean {
  if (caller.link || caller.request) return false;
  return caller.scopes.includes('files:all') || (owner !== null && owner === caller.id);
}

/** Everybody, while `AUTH` is `open`. */
export const openCaller: Caller = { kind: 'anonymous', id: null, scopes: [...scopes] };

/** Whoever holds a share link, without any other right. */
export function linkCaller(id: string, ...uids: string[]): Caller {
  return { kind: 'link', id: null, scopes: [], link: { id, uids } };
}

/** Whoever delivers by a file request: what it makes is its owner's, and nothing of the owner is its own. */
export function requestCaller(id: string, ownerId: string | null): Caller {
  return { kind: 'request', id: null, scopes: [], request: { id, owner_id: ownerId } };
}

/** Whose the files are that the caller makes; null: nobody's. */
export function ownerOf({ id, request }: Caller): string | null {
  return request ? request.owner_id : id;
}

/** A service that asks for itself and not for somebody. */
export const serviceCaller: Caller = { kind: 'service', id: null, scopes: ['files:all'] };
