import type { EntityManager } from '@mikro-orm/postgresql';
import { SessionEnded } from '@wharf/contracts';
import { hasCode } from '@wharf/service-kit';
import type { Accounts } from '../accounts.js';
import { announce } from '../announce.js';
import type { EndReason, SessionEntity } from './session.entity.js';

export type EndedSession = Pick<SessionEntity, 'id' | 'userId'> & { endedAt: Date; endReason: EndReason };

/** A session that has ended keeps the moment and the reason of its first end: a repetition announces the same. */
export function endSession(session: SessionEntity, reason: EndReason, at: Date): EndedSession {
  session.endedAt ??= at;
  session.endReason ??= reason;
  return { id: session.id, userId: session.userId, endedAt: session.endedAt, endReason: session.endReason };
}

interface EndedRow {
  id: string;
  user_id: string;
  ended_ms: number;
  end_reason: EndReason;
}

/** Ends all sessions of a user but `exceptId`; with those that were ended for the same reason before, and are still remembered. */
export async function endSessionsOf(
  em: EntityManager,
  {
    at,
    exceptId,
    reason,
    userId,
  }: { userId: string; reason: 'user_changed' | 'password_changed'; at: Date; exceptId: string | null },
): Promise<EndedSession[]> {
  const rows = await em.execute<EndedRow[]>(
    `update accounts.sessions set ended_at = coalesce(ended_at, ?), end_reason = coalesce(end_reason, ?)
     where user_id = ? and (ended_at is null or end_reason = ?) and id is distinct from ?::uuid
     returning id, user_id, end_reason, extract(epoch from ended_at)::float8 * 1000 as ended_ms`,
    [at, reason, userId, reason, exceptId],
  );
  return rows.map(toEndedSession);
}

/** Those of a user's sessions that were used longest ago go, but for so many. */
export async function endSurplusSessions(
  em: EntityManager,
  { at, keep, userId }: { userId: string; keep: number; at: Date },
): Promise<EndedSession[]> {
  const rows = await em.execute<EndedRow[]>(
    `update accounts.sessions set ended_at = ?, end_reason = 'ended'
     where id in (
       select id from accounts.sessions where user_id = ? and ended_at is null and expires_at > ?
       order by last_used_at desc, id desc offset ?)
     returning id, user_id, end_reason, extract(epoch from ended_at)::float8 * 1000 as ended_ms`,
    [at, userId, at, keep],
  );
  return rows.map(toEndedSession);
}

/** Throws `unavailable` where one of them is not announced for certain. */
export async function announceEnds(accounts: Pick<Accounts, 'bus'>, sessions: readonly EndedSession[]): Promise<void> {
  await Promise.all(
    sessions.map(({ id, userId, endedAt, endReason }) =>
      announce(accounts, SessionEnded, {
        subject: userId,
        id: `${id}.ended`,
        time: endedAt,
        data: { user_id: userId, session_id: id, reason: endReason, at: endedAt.toISOString() },
      }),
    ),
  );
}

/**
 * Where a gateway need not hear of it at once, since it reads what was ended lately every minute: what has ended stays ended, also where
 * that cannot be announced now.
 */
export async function tellEnds(
  accounts: Pick<Accounts, 'bus' | 'logger'>,
  sessions: readonly EndedSession[],
): Promise<void> {
  try {
    await announceEnds(accounts, sessions);
  } catch (error) {
    if (!hasCode(error, 'unavailable')) throw error;
    accounts.logger.warn({ error, sessions: sessions.length }, 'the end of sessions could not be announced');
  }
}

function toEndedSession({ id, user_id, ended_ms, end_reason }: EndedRow): EndedSession {
  return { id, userId: user_id, endedAt: new Date(Number(ended_ms)), endReason: end_reason };
}
