import type { Quota } from '@wharf/contracts';
import type { Authenticated } from '../../access/authenticated.js';
import type { Config } from '../../config.js';

/** What an owner may store, of which at least one thing is limited. */
export interface OwnedQuota {
  ownerId: string;
  limits: Quota;
}

/**
 * The limits of who uploads: as the credentials tell them, else those of the gateway. Undefined where nothing is limited, so that nothing
 * is asked; so it is for nobody, whose files are counted nowhere.
 */
export function quotaOf(
  { maxUploadsAtATime, quotaBytes, quotaFiles }: Pick<Config, 'maxUploadsAtATime' | 'quotaBytes' | 'quotaFiles'>,
  { caller: { id: ownerId }, quota }: Authenticated,
): OwnedQuota | undefined {
  if (ownerId === null) return undefined;
  const limits = {
    max_bytes: quota?.max_bytes ?? quotaBytes ?? null,
    max_files: quota?.max_files ?? quotaFiles ?? null,
    max_uploads: quota?.max_uploads ?? maxUploadsAtATime ?? null,
  };
  const isLimited = limits.max_bytes !== null || limits.max_files !== null || limits.max_uploads !== null;
  return isLimited ? { ownerId, limits } : undefined;
}
