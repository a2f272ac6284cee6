import type { Gateway } from '../gateway.js';
import { removeBytes } from './remove-upload.js';
import { isHeld } from './upload-entry.js';
import type { UploadLease } from './upload-lease.js';

/** What the parts of an upload have is in it now. One that cannot be taken at this moment is left to its expiry. Idempotent, never throws. */
export async function forgetParts(gateway: Gateway, { entry }: UploadLease): Promise<void> {
  const { leases } = gateway.resumable;
  for (const uid of new Set(entry.parts?.map((part) => part.uid))) {
    try {
      const found = await (await leases.store()).read(uid);
      if (found?.value.state !== 'open' || isHeld(found.value)) continue;
      const taken = await leases.tryToTake(uid, found);
      if (!taken) continue;
      await taken.lease.release({ state: 'joined' });
      await removeBytes(gateway, uid, found.value);
    } catch (error) {
      gateway.logger.debug({ error, uid }, 'a part that was joined is left to its expiry');
    }
  }
}
