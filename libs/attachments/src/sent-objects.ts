import type { ObjectStore } from '@wharf/object-store';

/** Where an attachment is sent, and lies until it is confirmed. Who has its form may write there, and nowhere else. */
export function pendingKeyOf(id: string): string {
  return `pending/${id}`;
}

interface Sent {
  id: string;
  is_multipart: boolean;
}

/** Removes what was sent and nobody needs any more. Idempotent. */
export async function removeSent(store: ObjectStore, { id, is_multipart: isMultipart }: Sent): Promise<void> {
  if (isMultipart) await store.direct.abortParts(pendingKeyOf(id));
  await store.remove(pendingKeyOf(id));
}

/** Removes the object of an attachment that became no file, as well. Idempotent. */
export async function removeAccepted(store: ObjectStore, id: string): Promise<void> {
  await store.remove(store.keyFor(id));
}
