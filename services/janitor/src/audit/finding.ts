import type { AuditClass } from '@wharf/contracts';

export interface Finding {
  class: AuditClass;
  uid: string | null;
  /** The path on the volume, or the key in the store. */
  place: string;
  detail: string;
}
