import { type Caller, type Scope, scopes } from '@wharf/contracts';
import type { AppError } from '@wharf/service-kit';
import { forbidden, noCredentials } from './refusals.js';
import type { Access } from './route-table.js';

/** Why the caller may not use a route that asks for this; undefined where it may. A route that is `readable` refuses nobody by itself. */
export function refusalOf(access: Access, caller: Caller): AppError | undefined {
  switch (access) {
    case 'public':
    case 'link':
    case 'request':
    case 'readable':
      return undefined;
    case 'deliver':
      return caller.kind === 'request' ? undefined : missingScope('files:create', caller);
    case 'signed_in':
      if (caller.kind === 'request') return forbidden('files are delivered by this token, and nothing else is done');
      return caller.kind === 'anonymous' ? noCredentials() : undefined;
    case 'user':
      if (caller.kind === 'user') return undefined;
      return caller.kind === 'anonymous' ? noCredentials() : forbidden('only a user who is logged in may do this');
    default:
      return missingScope(access, caller);
  }
}

export function missingScope(scope: Scope, caller: Caller): AppError | undefined {
  if (caller.scopes.includes(scope)) return undefined;
  return caller.kind === 'anonymous' ? noCredentials() : forbidden(`this needs the scope ${scope}`);
}

/** In the order of the contracts, and nothing else of what a claim may list. */
export function scopesOf(claim: string): Scope[] {
  const words = claim.split(' ');
  return scopes.filter((scope) => words.includes(scope));
}
