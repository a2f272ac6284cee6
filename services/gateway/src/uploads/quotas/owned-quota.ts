import { ownerOf, type Quota } from '@wharf/contracts';
import type { Authenticated } from '../../access/authenticated.js';
import type { Config } from '../../config.js';

/** What an owner may store, of which at least one thing is limited; or, by a file request, what that takes as well. */
export interface OwnedQuota {
  /** Null: nobody, by whose request something is delivered. */
  ownerId: string | null;
  limits: Quota;
  /** Of the file request by which it is delivered. */
  requestId?: string | undefined;
}

export const noLimits: Quota = { max_bytes: null, max_files: null, max_uploads: null };

/** Whether something of the owner's own quota is limited. */
export function isOwnersLimited({ limits, ownerId }: OwnedQuota): boolean {
  return ownerId !== null && Object.values(limits).some((limit) => limit !== null);
}

/**
 * The limits of who uploads: as the credentials tell them, else those of the gateway. Undefined where nothing is limited, so that nothing
 * is asked; so it is for nobody, whose files are counted nowhere. By a file request something always is.
 */
export function quotaOf(
  { maxUploadsAtATime, quotaBytes, quotaFiles }: Pick<Config, 'maxUploadsAtATime' | 'quotaBytes' | 'quotaFiles'>,
  { caller, delivery, quota }: Pick<Authenticated, 'caller' | 'delivery' | 'quota'>,
): OwnedQuota | undefined {
  const ownerId = ownerOf(caller);
  if (ownerId === null && !delivery) return undefined;
  const limits = {
    max_bytes: quota?.max_bytes ?? quotaBytes ?? null,
    max_files: quota?.max_files ?? quotaFiles ?? null,
    max_uploads: quota?.max_uploads ?? maxUploadsAtATime ?? null,
  };
  if (delivery) return { ownerId, limits, requestId: delivery.id };
  return isOwnersLimited({ ownerId, limits }) ? { ownerId, limits } : undefined;
}
