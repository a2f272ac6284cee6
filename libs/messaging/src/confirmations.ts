import { Uid } from '@wharf/contracts';
import { z } from 'zod';
import type { Bus } from './bus.js';
import { parseJson } from './read-event.js';

const Confirmation = z.object({ uid: Uid });

/**
 * Waits for consumers to say that an event took effect: the inbox travels with the event as `Header.confirmTo`, and
 * the consumer answers `{ "uid": … }` there after its commit. A confirmation can be lost; then the wait runs out.
 */
export class Confirmations {
  readonly inbox: string;
  private readonly waiting = new Map<string, () => void>();

  constructor(bus: Bus) {
    this.inbox = bus.newInbox();
    bus.listen(this.inbox, (error, message) => error ?? this.take(message.data));
  }

  /** True once `uid` is confirmed, false after `timeoutMs`. Call it before publishing, await it afterwards. */
  wait(uid: string, timeoutMs: number): { confirmed: Promise<boolean>; cancel(): void } {
    let finish: (isConfirmed: boolean) => void = () => undefined;
    const confirmed = new Promise<boolean>((resolve) => {
      finish = resolve;
    });
    const timer = setTimeout(() => end(false), timeoutMs);
    const end = (isConfirmed: boolean) => {
      clearTimeout(timer);
      this.waiting.delete(uid);
      finish(isConfirmed);
    };
    this.waiting.set(uid, () => end(true));
    return { confirmed, cancel: () => end(false) };
  }

  private take(bytes: Uint8Array): void {
    const confirmation = Confirmation.safeParse(jsonOrUndefined(bytes));
    if (confirmation.success) this.waiting.get(confirmation.data.uid)?.();
  }
}

function jsonOrUndefined(bytes: Uint8Array): unknown {
  try {
    return parseJson(bytes);
  } catch {
    return undefined;
  }
}
