import type { Caller } from '@wharf/contracts';
import type { Gateway } from '../gateway.js';
import { endUpload } from './remove-upload.js';

/** Ends an upload to which no client comes back, as far as that is possible: what is left of it expires. Never throws. */
export async function abandonUpload(gateway: Gateway, uid: string, caller: Caller): Promise<void> {
  try {
    const { lease } = await gateway.resumable.leases.take(uid, caller);
    await endUpload(gateway, lease);
  } catch (error) {
    gateway.logger.debug({ error, uid }, 'an upload without a client is left to its expiry');
  }
}
