import type { Tokens } from '@wharf/contracts';
import type { Accounts } from '../accounts.js';
import { accessTokenSeconds, sessionSeconds } from '../lifetimes.js';
import { signAccessToken } from '../tokens/sign-access-token.js';
import { toUser } from '../users/to-user.js';
import type { UserEntity } from '../users/user.entity.js';
import type { RefreshToken } from './refresh-token.js';
import type { SessionEntity } from './session.entity.js';

export interface Granted {
  user: UserEntity;
  session: SessionEntity;
  /** The session's, from now on. */
  token: RefreshToken;
  /** By the clock of the database, while the user was locked. */
  issuedMs: number;
}

/** Call it after the commit. */
export async function grantTokens(
  accounts: Pick<Accounts, 'config' | 'signingKeys'>,
  { issuedMs, session, token, user }: Granted,
): Promise<Tokens> {
  return {
    user: toUser(user),
    session_id: session.id,
    access_token: await signAccessToken(accounts, { user, sessionId: session.id, issuedMs }),
    expires_in: accessTokenSeconds,
    refresh_token: token.text,
    refresh_expires_in: sessionSeconds,
  };
}
