import { AppError } from '@wharf/service-kit';
import { findUpload, type KnownUpload, type UploadStore } from './find-uploads.js';

/** Throws `conflict` for one that has ended, or is about to be a file. */
export function requireDroppable({ entry, uid }: Pick<KnownUpload, 'uid' | 'entry'>): void {
  if (entry.state !== 'open') throw new AppError('conflict', `${uid} has ended: it is ${entry.state}`);
  if (entry.plan !== null) throw new AppError('conflict', `${uid} is about to be a file: delete that`);
}

/**
 * Ends an upload as its expiry would, now. It is taken from whoever holds it, whose next write is refused. The gateways remove its bytes when they
 * look after uploads, and its quota lapses with them. False where it has ended by itself meanwhile. Throws `unavailable`.
 */
export async function dropUpload(store: UploadStore, uid: string): Promise<boolean> {
  for (;;) {
    const upload = await findUpload(store, uid);
    if (upload?.entry.state !== 'open' || upload.entry.plan !== null) return false;
    const { entry, revision } = upload;
    const ended = { ...entry, state: 'expired' as const, epoch: entry.epoch + 1, lease_until: null };
    if ((await store.replace(uid, ended, revision)) !== undefined) return true;
  }
}
