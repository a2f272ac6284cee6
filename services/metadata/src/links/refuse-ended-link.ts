import { AppError } from '@wharf/service-kit';

/** As `linkStateColumns` are read from a row of `links`. */
export interface LinkState {
  is_revoked: boolean;
  is_link_expired: boolean;
}

export const linkStateColumns =
  'link.revoked_at is not null as is_revoked, coalesce(link.expires_at <= now(), false) as is_link_expired';

/** Throws `link_revoked`, `link_expired`. */
export function refuseEndedLink({ is_revoked, is_link_expired }: LinkState): void {
  if (is_revoked) throw new AppError('link_revoked', 'this link was revoked');
  if (is_link_expired) throw new AppError('link_expired', 'this link has expired');
}

export function linkNotFound(): AppError {
  return new AppError('link_not_found', 'no such link');
}
