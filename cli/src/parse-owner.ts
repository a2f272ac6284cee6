import { OwnerId } from '@wharf/contracts';
import { InvalidArgumentError } from 'commander';

/** An owner as an argument of a command. */
export function parseOwner(text: string): string {
  const owner = OwnerId.safeParse(text);
  if (!owner.success) throw new InvalidArgumentError('An owner is a text of 1 to 255 characters.');
  return owner.data;
}
