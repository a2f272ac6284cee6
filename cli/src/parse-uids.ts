import { Uid } from '@wharf/contracts';
import { InvalidArgumentError } from 'commander';

/** One more uid behind those that were given before it. */
export function parseUids(text: string, previous: string[] | undefined): string[] {
  if (!Uid.safeParse(text).success) throw new InvalidArgumentError('A uid is a lower-case UUIDv7.');
  return [...(previous ?? []), text];
}
