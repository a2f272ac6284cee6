import { defineEntity, type InferEntity, p } from '@mikro-orm/postgresql';

const endReasons = ['logged_out', 'ended', 'reused', 'user_changed', 'password_changed'] as const;
export type EndReason = (typeof endReasons)[number];

/** One login, and all the tokens that come of it. It is kept for some minutes after its end. */
export const SessionEntity = defineEntity({
  name: 'Session',
  tableName: 'sessions',
  properties: {
    id: p.uuid().primary(),
    userId: p.uuid(),
    /** SHA-256 of what all refresh tokens of the session begin with. */
    familyHash: p.text(),
    /** SHA-256 of the one refresh token that has not been used yet. */
    tokenHash: p.text(),
    address: p.text(),
    userAgent: p.text(),
    createdAt: p.datetime(3),
    lastUsedAt: p.datetime(3),
    expiresAt: p.datetime(3),
    endedAt: p.datetime(3).strictNullable(),
    endReason: p.enum(endReasons).strictNullable(),
  },
});

export type SessionEntity = InferEntity<typeof SessionEntity>;
