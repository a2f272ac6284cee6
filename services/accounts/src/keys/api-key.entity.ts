import { defineEntity, type InferEntity, p } from '@mikro-orm/postgresql';
import type { Scope } from '@wharf/contracts';

/** What a program shows in place of a password. Of its secret only the digest is known here. */
export const ApiKeyEntity = defineEntity({
  name: 'ApiKey',
  tableName: 'api_keys',
  properties: {
    id: p.text().primary(),
    userId: p.uuid(),
    name: p.text(),
    /** SHA-256; not read with the key. */
    secretHash: p.text().lazy(),
    scopes: p.array().$type<Scope[]>(),
    createdAt: p.datetime(3),
    lastUsedAt: p.datetime(3).strictNullable(),
    expiresAt: p.datetime(3).strictNullable(),
    revokedAt: p.datetime(3).strictNullable(),
  },
});

export type ApiKeyEntity = InferEntity<typeof ApiKeyEntity>;
