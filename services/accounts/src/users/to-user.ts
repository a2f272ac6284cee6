import type { Quota, User } from '@wharf/contracts';
import type { UserEntity } from './user.entity.js';

type UserRow = Omit<UserEntity, 'passwordHash'>;

export function toUser(user: UserRow): User {
  return {
    id: user.id,
    email: user.email,
    role: user.role,
    disabled: user.disabled,
    ...quotaOf(user),
    created_at: user.createdAt.toISOString(),
    last_login_at: user.lastLoginAt?.toISOString() ?? null,
  };
}

export function quotaOf({ maxBytes, maxFiles, maxUploads }: UserRow): Quota {
  return { max_bytes: maxBytes, max_files: maxFiles, max_uploads: maxUploads };
}
