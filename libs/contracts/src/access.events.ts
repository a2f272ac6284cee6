import { z } from 'zod';
import { ApiKeyId, Role } from './accounts.rpc.js';
import { Scope } from './caller.js';
import { defineEvent } from './contract.js';
import { Timestamp } from './values.js';

/** All of them are emitted by the accounts service, and carry neither secrets nor tokens. The event's subject is the user's id. */

export const LoggedIn = defineEvent(
  'access.logged_in',
  z.object({ user_id: z.uuid(), session_id: z.uuid(), address: z.string(), at: Timestamp }),
);

/** `user_id` is null where nobody has the address of the login; the address itself is not told. The event's subject is `login` then. */
export const LoginFailed = defineEvent(
  'access.login_failed',
  z.object({
    user_id: z.uuid().nullable(),
    reason: z.enum(['unknown', 'wrong_password', 'disabled', 'rate_limited']),
    address: z.string(),
    at: Timestamp,
  }),
);

/** Access tokens of the session are refused from then on. `reused`: a refresh token was used twice. */
export const SessionEnded = defineEvent(
  'access.session_ended',
  z.object({
    user_id: z.uuid(),
    session_id: z.uuid(),
    reason: z.enum(['logged_out', 'ended', 'reused', 'user_changed', 'password_changed']),
    at: Timestamp,
  }),
);

export const KeyCreated = defineEvent(
  'access.key_created',
  z.object({ user_id: z.uuid(), key_id: ApiKeyId, scopes: z.array(Scope), at: Timestamp }),
);

/** The key is refused from then on. */
export const KeyRevoked = defineEvent(
  'access.key_revoked',
  z.object({ user_id: z.uuid(), key_id: ApiKeyId, at: Timestamp }),
);

/** By its user, or by an operator (`service`). The sessions that it ends are announced by themselves; keys go on. */
export const PasswordChanged = defineEvent(
  'access.password_changed',
  z.object({ user_id: z.uuid(), by: z.string(), at: Timestamp }),
);

/** Role, quota or whether it is disabled, as it is from then on. Its access tokens are refused, and its keys are judged anew. */
export const UserChanged = defineEvent(
  'access.user_changed',
  z.object({ user_id: z.uuid(), role: Role, disabled: z.boolean(), by: z.string(), at: Timestamp }),
);
