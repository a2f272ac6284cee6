import { ApiKeyId } from '@wharf/contracts';
import { AppError } from '@wharf/service-kit';
import { z } from 'zod';

const Uuid = z.uuid();

/** Throws `invalid_request`. */
export function parseUuid(text: string | undefined, what: string): string {
  const id = Uuid.safeParse(text);
  if (!id.success) throw new AppError('invalid_request', `the id of a ${what} is a UUID`);
  return id.data;
}

/** Throws `invalid_request`. */
export function parseKeyId(text: string | undefined): string {
  const id = ApiKeyId.safeParse(text);
  if (!id.success) throw new AppError('invalid_request', 'the id of a key is 16 characters of 0-9 and a-z');
  return id.data;
}
