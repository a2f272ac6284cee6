import { FileLost, Header } from '@wharf/contracts';
import type { Gateway } from '../gateway.js';

/**
 * Drops what this gateway has of a file whose bytes were found to be wrong: a copy in memory outlives the one on the volume. A notice that is
 * missed is given again by the next scrub.
 */
export function forgetLostCopies({ bus, copies }: Pick<Gateway, 'bus' | 'copies'>): void {
  bus.listen(FileLost.type, (error, message) => {
    if (!error) copies.forget({ uid: message.headers?.get(Header.eventSubject) ?? '' });
  });
}
