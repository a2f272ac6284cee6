import { type Role, type Scope, scopes } from '@wharf/contracts';

const scopesByRole: Record<Role, readonly Scope[]> = {
  user: ['files:create', 'files:read', 'files:write'],
  admin: scopes,
};

export function scopesOfRole(role: Role): readonly Scope[] {
  return scopesByRole[role];
}

/** What a key may do: what both it and its owner may. */
export function scopesOfKey(keyScopes: readonly Scope[], role: Role): Scope[] {
  return scopesByRole[role].filter((scope) => keyScopes.includes(scope));
}
