import { FileLost, Header } from '@wharf/contracts';
import type { Gateway } from '../gateway.js';

/**
 * Drops what this gateway has of a file whose bytes were found to be wrong: a copy in memory outlives the one on the volume. A notice that is
 * missed is given again by the next scrub.
 */
export function forgetLostCopies({ bus, copies }: Pick<Gateway, 'bus' | 'copies'>): void {
  let isSubscribed = false;
  bus.onConnected(() => {
    // Subscriptions outlive reconnects by themselves.
    if (isSubscribed) return;
    isSubscribed = true;
    bus.require().subscribe(FileLost.type, {
      callback: (error, message) => {
        if (!error) copies.forget({ uid: message.headers?.get(Header.eventSubject) ?? '' });
      },
    });
  });
}
