import type { IncomingMessage } from 'node:http';
import type { Quota } from '@wharf/contracts';
import type { Config } from '../../config.js';

/** In whose name a file is uploaded. */
export interface Uploader {
  /** Null for nobody: such files are counted nowhere. */
  ownerId: string | null;
  /** As the owner's credentials tell it. */
  quota: Quota | undefined;
}

/** What an owner may store, of which at least one thing is limited. */
export interface OwnedQuota {
  ownerId: string;
  limits: Quota;
}

/** Nobody is known by name yet. */
export function uploaderOf(_request: IncomingMessage): Uploader {
  return { ownerId: null, quota: undefined };
}

/** The limits of an uploader: its own where it has them, else those of the gateway. Undefined where nothing is limited, so that nothing is asked. */
export function quotaOf(
  { maxUploadsAtATime, quotaBytes, quotaFiles }: Pick<Config, 'maxUploadsAtATime' | 'quotaBytes' | 'quotaFiles'>,
  { ownerId, quota }: Uploader,
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
