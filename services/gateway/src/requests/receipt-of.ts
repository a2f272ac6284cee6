import type { DeliveryReceipt } from '@wharf/contracts';

/** What whoever delivered a file learns of its record. */
export function receiptOf(record: DeliveryReceipt): DeliveryReceipt {
  const { original_name, sha256, size_bytes, uid } = record;
  return { uid, original_name, size_bytes, sha256 };
}
