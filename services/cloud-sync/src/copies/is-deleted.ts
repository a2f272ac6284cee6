import { GetFile, serviceCaller } from '@wharf/contracts';
import { callRpc } from '@wharf/messaging';
import { hasCode } from '@wharf/service-kit';
import type { CloudSync } from '../cloud-sync.js';

/** False as well when metadata cannot say: then the missing file is tried again, and given up as what it is. */
export async function isDeleted(bus: CloudSync['bus'], uid: string): Promise<boolean> {
  try {
    return (await callRpc(bus, GetFile, { uid, caller: serviceCaller })).status === 'deleted';
  } catch (error) {
    if (hasCode(error, 'file_not_found') || hasCode(error, 'unavailable')) return false;
    throw error;
  }
}
