import { GetFile, type LocatedFileRecord, serviceCaller } from '@wharf/contracts';
import { callRpc } from '@wharf/messaging';
import { ifMissing } from '@wharf/service-kit';
import type { Gateway } from '../gateway.js';

/** The record as metadata has it now, deleted or not; undefined where it knows no such file. Throws `unavailable`. */
export function findRecord({ bus }: Pick<Gateway, 'bus'>, uid: string): Promise<LocatedFileRecord | undefined> {
  return ifMissing(callRpc(bus, GetFile, { uid, caller: serviceCaller }));
}
