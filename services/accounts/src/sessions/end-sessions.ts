import type { EntityManager } from '@mikro-orm/postgresql';
import { SessionEnded } from '@wharf/contracts';
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

/** Ends all sessions of a user that was disabled; with those that were ended for that before, and are still remembered. */
export async function endSessionsOf(em: EntityManager, userId: string, at: Date): Promise<EndedSession[]> {
  const rows = await em.execute<EndedRow[]>(
    `update accounts.sessions set ended_at = coalesce(ended_at, ?), end_reason = coalesce(end_reason, 'user_changed')
     where user_id = ? and (ended_at is null or end_reason = 'user_changed')
     returning id, user_id, end_reason, extract(epoch from ended_at)::float8 * 1000 as ended_ms`,
    [at, userId],
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

function toEndedSession({ id, user_id, ended_ms, end_reason }: EndedRow): EndedSession {
  return { id, userId: user_id, endedAt: new Date(Number(ended_ms)), endReason: end_reason };
}
