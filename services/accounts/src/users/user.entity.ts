import { defineEntity, type InferEntity, p } from '@mikro-orm/postgresql';
import { Role } from '@wharf/contracts';

export const UserEntity = defineEntity({
  name: 'User',
  tableName: 'users',
  properties: {
    /** A UUIDv7: the order of ids is that of registration. */
    id: p.uuid().primary(),
    email: p.text(),
    role: p.enum(Role.options),
    /** In the PHC string format; not read with the user. */
    passwordHash: p.text().lazy(),
    disabled: p.boolean().default(false),
    maxBytes: p.bigint('number').strictNullable(),
    maxFiles: p.bigint('number').strictNullable(),
    maxUploads: p.integer().strictNullable(),
    createdAt: p.datetime(3),
    lastLoginAt: p.datetime(3).strictNullable(),
    /** Of role, quota or disabling; tokens issued before are refused. */
    changedAt: p.datetime(3).strictNullable(),
    changedBy: p.text().strictNullable(),
  },
});

export type UserEntity = InferEntity<typeof UserEntity>;
