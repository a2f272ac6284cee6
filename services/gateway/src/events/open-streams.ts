import { AppError } from '@wharf/service-kit';
import { AddressLimit } from '../http/address-limit.js';
import type { EventStream } from './http/event-stream.js';

const mostStreams = 1000;
const streamsOfAddress = 50;

/** The streams of events that clients have open at this gateway: so many and no more, and they end when it stops. */
export class OpenStreams {
  private readonly open = new Set<EventStream>();
  private readonly limit = new AddressLimit(undefined, streamsOfAddress);
  private count = 0;
  private isStopping = false;

  /** Throws `rate_limited` for an address that has too many, `unavailable` where all together are too many. Call what you get once, at the end. */
  enter(address: string): () => void {
    if (this.isStopping) throw new AppError('unavailable', 'this gateway is being stopped');
    if (this.count >= mostStreams) throw new AppError('unavailable', 'too many streams of events are open');
    const slot = this.limit.enter(address);
    if (!slot) throw new AppError('rate_limited', 'this address has too many streams of events open');
    this.count++;
    return () => {
      this.count--;
      slot.leave();
    };
  }

  add(stream: EventStream): void {
    this.open.add(stream);
  }

  remove(stream: EventStream): void {
    this.open.delete(stream);
  }

  get size(): number {
    return this.count;
  }

  /** Clients ask again, and meet another gateway. */
  endAll(): void {
    this.isStopping = true;
    for (const stream of this.open) stream.end();
  }
}
