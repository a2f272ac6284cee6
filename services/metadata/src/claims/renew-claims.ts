import { inOneStatement } from '@wharf/database';
import type { Metadata } from '../metadata.js';

/**
 * Keeps claims for another lease. A claim whose row is locked is passed over, since two renewals that waited for each
 * other's rows would never end: whoever holds it renews it as well, or ends it.
 */
export async function renewClaims({ orm, config }: Metadata, claimIds: string[]): Promise<void> {
  if (claimIds.length === 0) return;
  await inOneStatement(orm, (em) =>
    em.execute(
      `update download_claims set lease_until = now() + ? * interval '1 millisecond'
       where id in (select id from download_claims where id in (?) for update skip locked)`,
      [config.claimLeaseMs, claimIds],
    ),
  );
}
