import { z } from 'zod';
import { Caller, OwnerId, Scope } from './caller.js';
import { defineRpc } from './contract.js';
import { Sha256, ShortText, SizeBytes, Timestamp } from './values.js';

/** Taken in any case, kept in lower case. */
export const Email = z.email().max(254).toLowerCase();

/** At least 8 characters, at most 256 bytes of UTF-8, so that a hash takes the same time for everybody. */
export const Password = z
  .string()
  .min(8, 'must have at least 8 characters')
  .refine((text) => new TextEncoder().encode(text).length <= 256, 'must be at most 256 bytes');

/** A `user` creates, reads and changes files of its own; an `admin` has every scope. */
export const Role = z.enum(['user', 'admin']);
export type Role = z.infer<typeof Role>;

/** Null where there is no limit. */
export const Quota = z.object({
  max_bytes: SizeBytes.nullable(),
  max_files: z.int().nonnegative().nullable(),
  /** Uploads at a time. */
  max_uploads: z.int().min(1).nullable(),
});
export type Quota = z.infer<typeof Quota>;

export const User = Quota.extend({
  id: z.uuid(),
  email: z.string(),
  role: Role,
  /** A disabled user's credentials are refused, its files stay. */
  disabled: z.boolean(),
  created_at: Timestamp,
  last_login_at: Timestamp.nullable(),
});
export type User = z.infer<typeof User>;

export const Session = z.object({
  id: z.uuid(),
  created_at: Timestamp,
  last_used_at: Timestamp,
  expires_at: Timestamp,
  /** Address and User-Agent at the login. */
  address: z.string(),
  user_agent: z.string(),
});
export type Session = z.infer<typeof Session>;

/** Identifies a key in lists, logs and `wharf_<id>_<secret>`: 16 characters of [0-9a-z]. It is no secret. */
export const ApiKeyId = z.string().regex(/^[0-9a-z]{16}$/, 'must be the id of a key');

export const ApiKey = z.object({
  id: ApiKeyId,
  name: ShortText,
  scopes: z.array(Scope),
  created_at: Timestamp,
  /** To the minute. */
  last_used_at: Timestamp.nullable(),
  expires_at: Timestamp.nullable(),
});
export type ApiKey = z.infer<typeof ApiKey>;

/** What the client of a login is known by. */
const Client = z.object({ address: z.string().max(64), user_agent: z.string().max(255) });

/** Tokens of a session. The refresh token serves once: the next one comes with it. */
export const Tokens = z.object({
  user: User,
  session_id: z.uuid(),
  access_token: z.string(),
  /** Seconds until the access token expires. */
  expires_in: z.int().positive(),
  refresh_token: z.string(),
  refresh_expires_in: z.int().positive(),
});
export type Tokens = z.infer<typeof Tokens>;

/** Errors: `conflict` (the address is taken), `forbidden` (registration is closed), `rate_limited`, `unavailable`. */
export const Register = defineRpc(
  'accounts.register',
  z.object({ email: Email, password: Password, client: Client }),
  Tokens,
);

/**
 * Errors: `unauthenticated` (alike for an unknown address, a wrong password and a disabled user, in the same time), `rate_limited`
 * (10 tries in 15 minutes an account and an address, over all replicas), `unavailable`.
 */
export const LogIn = defineRpc(
  'accounts.log_in',
  z.object({ email: z.string().max(254), password: z.string().max(1024), client: Client }),
  Tokens,
);

/** A refresh token that was used before ends its whole session. Errors: `unauthenticated`, `unavailable`. */
export const Refresh = defineRpc(
  'accounts.refresh',
  z.object({ refresh_token: z.string().max(255), client: Client }),
  Tokens,
);

/** Ends the session of a refresh token; idempotent, also for an unknown one. Errors: `unavailable`. */
export const LogOut = defineRpc('accounts.log_out', z.object({ refresh_token: z.string().max(255) }), z.object({}));

/** The user that the caller is, or whose key it shows. Errors: `unauthenticated` (not a user of ours), `unavailable`. */
export const WhoAmI = defineRpc('accounts.who_am_i', z.object({ caller: Caller }), User);

/** The caller's sessions that have not ended. Errors: `unavailable`. */
export const ListSessions = defineRpc(
  'accounts.sessions.list',
  z.object({ caller: Caller }),
  z.object({ sessions: z.array(Session) }),
);

/** Idempotent; a session of somebody else is left alone. Errors: `unavailable`. */
export const EndSession = defineRpc(
  'accounts.sessions.end',
  z.object({ caller: Caller, session_id: z.uuid() }),
  z.object({}),
);

/**
 * The gateway makes the secret and keeps it nowhere: the bus sees its digest alone. Errors: `forbidden` (a scope that the owner does not
 * have), `conflict` (100 keys already), `unavailable`.
 */
export const CreateApiKey = defineRpc(
  'accounts.keys.create',
  z.object({
    caller: Caller,
    key_id: ApiKeyId,
    secret_hash: Sha256,
    name: ShortText,
    scopes: z.array(Scope).min(1),
    expires_at: Timestamp.nullable(),
  }),
  ApiKey,
);

/** The caller's keys that have not ended. Errors: `unavailable`. */
export const ListApiKeys = defineRpc(
  'accounts.keys.list',
  z.object({ caller: Caller }),
  z.object({ keys: z.array(ApiKey) }),
);

/** At once on every gateway, by `access.key_revoked`; idempotent, a key of somebody else is left alone. Errors: `unavailable`. */
export const RevokeApiKey = defineRpc(
  'accounts.keys.revoke',
  z.object({ caller: Caller, key_id: ApiKeyId }),
  z.object({}),
);

/**
 * Who shows a key, with the scopes that both the key and its owner have now. Compares digests in constant time. Errors:
 * `unauthenticated` (unknown, wrong, revoked, expired, or of a disabled user), `unavailable`.
 */
export const VerifyApiKey = defineRpc(
  'accounts.keys.verify',
  z.object({ key_id: ApiKeyId, secret_hash: Sha256 }),
  z.object({
    owner_id: OwnerId,
    scopes: z.array(Scope),
    quota: Quota,
    expires_at: Timestamp.nullable(),
  }),
);

/** Every user in the order of registration; `after` continues behind the last one seen. Errors: `forbidden` unless `admin`, `unavailable`. */
export const ListUsers = defineRpc(
  'accounts.users.list',
  z.object({ caller: Caller, after: z.uuid().nullable(), limit: z.int().min(1).max(200) }),
  z.object({ users: z.array(User) }),
);

/** Errors: `forbidden` unless `admin`, `user_not_found`, `unavailable`. */
export const GetUser = defineRpc('accounts.users.get', z.object({ caller: Caller, user_id: z.uuid() }), User);

export const UserChanges = z.strictObject({
  role: Role.optional(),
  disabled: z.boolean().optional(),
  max_bytes: Quota.shape.max_bytes.optional(),
  max_files: Quota.shape.max_files.optional(),
  max_uploads: Quota.shape.max_uploads.optional(),
});
export type UserChanges = z.infer<typeof UserChanges>;

/**
 * A change of role and disabling count at once on every gateway, by `access.user_changed`. Errors: `forbidden` unless `admin`,
 * `user_not_found`, `conflict` (it would leave no admin that can log in), `unavailable`.
 */
export const UpdateUser = defineRpc(
  'accounts.users.update',
  z.object({ caller: Caller, user_id: z.uuid(), changes: UserChanges }),
  User,
);

/**
 * Ends all sessions of the user but `session_id`. A current password that is wrong counts as a login that failed. Errors: `forbidden` (the
 * current password is wrong, or the caller is no user who is logged in), `rate_limited`, `unavailable`.
 */
export const ChangePassword = defineRpc(
  'accounts.change_password',
  z.object({
    caller: Caller,
    session_id: z.uuid(),
    current_password: z.string().max(1024),
    new_password: Password,
    client: Client,
  }),
  z.object({}),
);

/**
 * For the command line: no session is opened, and registration may be closed. Errors: `conflict` (the address is taken), `unavailable`.
 */
export const CreateUser = defineRpc(
  'accounts.upkeep.create_user',
  z.object({ email: Email, password: Password, role: Role }),
  User,
);

/** For the command line: ends all sessions of the user. Errors: `user_not_found`, `unavailable`. */
export const SetPassword = defineRpc(
  'accounts.upkeep.set_password',
  z.object({ user_id: z.uuid(), password: Password }),
  z.object({}),
);

/** A public key of access tokens (RFC 7517, RFC 8037). */
export const SigningKey = z.object({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  alg: z.literal('EdDSA'),
  use: z.literal('sig'),
  kid: z.string(),
  x: z.string(),
});
export type SigningKey = z.infer<typeof SigningKey>;

/**
 * What a gateway needs to judge access tokens by itself: the public keys, those of the next rotation included, and what was ended so
 * recently that tokens of it may still be about. Errors: `unavailable`.
 */
export const ReadTrust = defineRpc(
  'accounts.read_trust',
  z.object({}),
  z.object({
    keys: z.array(SigningKey),
    /** Sessions that have ended, and users that were changed: tokens issued before `at` are refused. */
    revoked: z.array(z.object({ subject: z.uuid(), at: Timestamp })),
  }),
);

/**
 * Claims of an access token (RFC 9068) beside `iss`, `aud`, `exp`, `iat`, `jti`. `sub` is the user's id. `iat` has milliseconds
 * (RFC 7519 §2 permits them) and is of the clock that `at` of a revocation is of, so that a token counts or not also where both are of
 * one second.
 */
export const AccessTokenClaims = z.object({
  sub: OwnerId,
  /** The session. */
  sid: z.uuid(),
  /** Separated by spaces (RFC 8693 §4.2). */
  scope: z.string(),
  /** Absent where nothing is limited. */
  quota: Quota.optional(),
});
export type AccessTokenClaims = z.infer<typeof AccessTokenClaims>;
