import type { CloudSync } from '../cloud-sync.js';

/**
 * Removes a deleted file's object. Idempotent, and harmless before the object is there.
 *
 * A copy of the same file may be running at this moment and finish afterwards. It ends in `file.synced` for a deleted
 * record, on which metadata announces `file.deleted` again: the second removal finds the object.
 */
export async function removeFromCloud({ store }: CloudSync, uid: string): Promise<void> {
  await store.remove(store.keyFor(uid));
  const former = store.formerKeyFor?.(uid);
  if (former !== undefined) await store.remove(former);
}
