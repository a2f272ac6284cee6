import type { ApiKey } from '@wharf/contracts';
import type { ApiKeyEntity } from './api-key.entity.js';

export function toApiKey(key: Omit<ApiKeyEntity, 'secretHash'>): ApiKey {
  return {
    id: key.id,
    name: key.name,
    scopes: key.scopes,
    created_at: key.createdAt.toISOString(),
    last_used_at: key.lastUsedAt?.toISOString() ?? null,
    expires_at: key.expiresAt?.toISOString() ?? null,
  };
}
