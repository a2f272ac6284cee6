import { z } from 'zod';
import { Caller } from './caller.js';
import { defineRpc } from './contract.js';
import { LinkPage, LinkPassword, Uids } from './links.rest.js';
import { LocatedFileRecord } from './metadata.rpc.js';
import { MaxDownloads, Sha256, ShortText, Timestamp, Uid } from './values.js';

/** SHA-256 of a link's token, in hex: the token itself is known to nobody but those who hold the link. */
const TokenHash = Sha256;

/**
 * A link to files that the caller may change, all of them. At most 1,000 links lead to one file; the oldest ones that have ended make
 * room. Again under the same id it changes nothing. Errors: `file_not_found`, `file_deleted`, `file_expired`,
 * `downloads_exhausted`, `infected`, `conflict` (all links are live), `unavailable`.
 */
export const CreateLink = defineRpc(
  'metadata.files.create_link',
  z
    .object({
      caller: Caller,
      link_id: z.uuid(),
      token_hash: TokenHash,
      uids: Uids.optional(),
      /** From gateways of the release before. */
      uid: Uid.optional(),
      title: ShortText.nullable().optional(),
      password: LinkPassword.nullable().optional(),
      expires_at: Timestamp.nullable(),
      max_downloads: MaxDownloads.nullable(),
    })
    .refine(({ uid, uids }) => (uid === undefined) !== (uids === undefined), 'must name files by uids'),
  z.object({ created_at: Timestamp }),
);

/** One page of the links that the caller made, or, with `uid`, of those that lead to a file that it may change. The newest first. Errors: `file_not_found`, `unavailable`. */
export const ListLinks = defineRpc(
  'metadata.files.list_links',
  z.object({
    caller: Caller,
    uid: Uid.nullable(),
    limit: z.int().min(1).max(200),
    cursor: z.uuid().nullable(),
  }),
  LinkPage,
);

/** At once and for ever; idempotent. With `uid` only a link that leads to this file. Errors: `file_not_found`, `link_not_found`, `unavailable`. */
export const RevokeLink = defineRpc(
  'metadata.files.revoke_link',
  z.object({ caller: Caller, uid: Uid.nullable().optional(), link_id: z.uuid() }),
  z.object({}),
);

/**
 * A link that is neither revoked nor expired: who has the token needs no other right, but the password where `unlock_key` is not null. Errors: `link_not_found`,
 * `link_revoked`, `link_expired`, `unavailable`.
 */
export const ResolveLink = defineRpc(
  'metadata.files.resolve_link',
  z.object({ token_hash: TokenHash }),
  z.object({
    link: z.object({
      id: z.uuid(),
      title: z.string().nullable(),
      expires_at: Timestamp.nullable(),
      max_downloads: MaxDownloads.nullable(),
      download_count: z.int().nonnegative(),
      /** A secret of the link by which gateways sign that its password was shown. It is told to no client. */
      unlock_key: Sha256.nullable(),
      /** Files that it was made for, those that are forgotten since included. */
      file_count: z.int().positive(),
    }),
    /** Those that are recorded, in the order in which they were given. */
    uids: z.array(Uid),
    /** Of a link that was made for one. */
    file: LocatedFileRecord.nullable(),
  }),
);

/**
 * Judges a link's password. Each try counts before it is judged, of the link and of the network of `address`, ten in 15 minutes; one that was right is given
 * back. Errors: those of `ResolveLink`, `password_required` (it is wrong), `rate_limited`.
 */
export const UnlockLink = defineRpc(
  'metadata.files.unlock_link',
  z.object({ token_hash: TokenHash, password: z.string().max(1024), address: z.string().max(64) }),
  z.object({ link_id: z.uuid(), unlock_key: Sha256.nullable() }),
);
