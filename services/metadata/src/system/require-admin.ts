import type { Caller } from '@wharf/contracts';
import { AppError } from '@wharf/service-kit';

/** Once more, behind the gateway's own check. Throws `forbidden`. */
export function requireAdmin({ scopes }: Caller): void {
  if (!scopes.includes('admin')) throw new AppError('forbidden', 'this needs the scope admin');
}
