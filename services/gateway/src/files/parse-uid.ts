import { Uid } from '@wharf/contracts';
import { AppError } from '@wharf/service-kit';

/** Throws `invalid_uid`. */
export function parseUid(text: string | undefined): string {
  const uid = Uid.safeParse(text);
  if (!uid.success) throw new AppError('invalid_uid', 'a uid is a lower-case UUIDv7');
  return uid.data;
}
