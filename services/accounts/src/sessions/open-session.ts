import { randomUUIDv7 } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import { LoggedIn, type LogIn, type RpcRequest, type Tokens } from '@wharf/contracts';
import { inTransaction } from '@wharf/database';
import { hasCode, networkOf } from '@wharf/service-kit';
import type { Accounts } from '../accounts.js';
import { tell } from '../announce.js';
import { momentOfChange, readClock } from '../clock.js';
import { sessionSeconds } from '../lifetimes.js';
import { rememberNetwork } from '../tries/known-networks.js';
import { UserEntity } from '../users/user.entity.js';
import { announceEnds, type EndedSession, endSurplusSessions } from './end-sessions.js';
import { type Granted, grantTokens } from './grant-tokens.js';
import { createRefreshToken } from './refresh-token.js';
import { SessionEntity } from './session.entity.js';
import { wrongLogin } from './wrong-login.js';

/** Of one user, at a time. */
const maxSessions = 100;

type Client = RpcRequest<typeof LogIn>['client'];

/** Who has proven to be the user logs in. Throws `unauthenticated` for one that was disabled meanwhile. */
export async function openSession(
  accounts: Accounts,
  { client, userId }: { userId: string; client: Client },
): Promise<Tokens> {
  const { surplus, ...granted } = await inTransaction(accounts.orm, (em) => open(em, userId, client));
  const { id, createdAt } = granted.session;
  accounts.logger.info({ user_id: userId, session_id: id, address: client.address }, 'a user logged in');
  await tell(accounts, LoggedIn, {
    subject: userId,
    id: `${id}.logged_in`,
    time: createdAt,
    data: { user_id: userId, session_id: id, address: client.address, at: createdAt.toISOString() },
  });
  await announceSurplus(accounts, surplus);
  return grantTokens(accounts, granted);
}

async function open(em: EntityManager, userId: string, client: Client): Promise<Granted & { surplus: EndedSession[] }> {
  // Locks the user: of disabling and logging in at the same moment one comes first, and the other sees it.
  const found = await em.execute(
    'update accounts.users set last_login_at = clock_timestamp() where id = ? and not disabled returning id',
    [userId],
  );
  if (found.length === 0) throw wrongLogin();
  const issuedMs = await readClock(em);
  const user = await em.findOneOrFail(UserEntity, userId);
  const token = createRefreshToken();
  const now = new Date(issuedMs);
  const session = em.create(SessionEntity, {
    id: randomUUIDv7(),
    userId,
    familyHash: token.familyHash,
    tokenHash: token.tokenHash,
    address: client.address,
    userAgent: client.user_agent,
    createdAt: now,
    lastUsedAt: now,
    expiresAt: new Date(issuedMs + sessionSeconds * 1000),
    endedAt: null,
    endReason: null,
  });
  await em.flush();
  await rememberNetwork(em, userId, networkOf(client.address));
  const surplus = await endSurplusSessions(em, { userId, keep: maxSessions, at: momentOfChange(issuedMs) });
  return { user, session, token, issuedMs, surplus };
}

/** Nobody asked for it, and the gateways read it with what was revoked lately: where it cannot be announced now, the login stands. */
async function announceSurplus(accounts: Accounts, surplus: EndedSession[]): Promise<void> {
  try {
    await announceEnds(accounts, surplus);
  } catch (error) {
    if (!hasCode(error, 'unavailable')) throw error;
    accounts.logger.warn({ error, sessions: surplus.length }, 'the end of sessions could not be announced');
  }
}
