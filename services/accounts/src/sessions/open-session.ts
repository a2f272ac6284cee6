import { randomUUIDv7 } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import { LoggedIn, type LogIn, type RpcRequest, type Tokens } from '@wharf/contracts';
import { inTransaction } from '@wharf/database';
import { networkOf } from '@wharf/service-kit';
import type { Accounts } from '../accounts.js';
import { tell } from '../announce.js';
import { momentOfChange, readClock } from '../clock.js';
import { sessionSeconds } from '../lifetimes.js';
import { rememberNetwork } from '../tries/known-networks.js';
import { UserEntity } from '../users/user.entity.js';
import { type EndedSession, endSurplusSessions, tellEnds } from './end-sessions.js';
import { type Granted, grantTokens } from './grant-tokens.js';
import { createRefreshToken } from './refresh-token.js';
import { SessionEntity } from './session.entity.js';

/** Of one user, at a time. */
const maxSessions = 100;

type Client = RpcRequest<typeof LogIn>['client'];

interface Login {
  userId: string;
  client: Client;
  /** By which the user was proven to be the user; null for one who was made right before. */
  passwordHash: string | null;
}

/** Undefined where the user was disabled, or got another password, while the one that was shown was judged. */
export async function openSession(accounts: Accounts, login: Login): Promise<Tokens | undefined> {
  const { client, userId } = login;
  const opened = await inTransaction(accounts.orm, (em) => open(em, login));
  if (!opened) return undefined;
  const { surplus, ...granted } = opened;
  const { id, createdAt } = granted.session;
  accounts.logger.info({ user_id: userId, session_id: id, address: client.address }, 'a user logged in');
  await tell(accounts, LoggedIn, {
    subject: userId,
    id: `${id}.logged_in`,
    time: createdAt,
    data: { user_id: userId, session_id: id, address: client.address, at: createdAt.toISOString() },
  });
  // Nobody asked for it.
  await tellEnds(accounts, surplus);
  return grantTokens(accounts, granted);
}

async function open(
  em: EntityManager,
  { client, passwordHash, userId }: Login,
): Promise<(Granted & { surplus: EndedSession[] }) | undefined> {
  // Locks the user: of a change of the user and a login at the same moment one comes first, and the other sees it.
  const found = await em.execute(
    `update accounts.users set last_login_at = clock_timestamp()
     where id = ? and not disabled and password_hash = coalesce(?, password_hash) returning id`,
    [userId, passwordHash],
  );
  if (found.length === 0) return undefined;
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
