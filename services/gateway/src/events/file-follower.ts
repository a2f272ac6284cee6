import { type CloudEvent, FileDeleted, FileUpdated, type ShownEvent } from '@wharf/contracts';
import { Batcher, hasCode } from '@wharf/service-kit';
import type { LiveListener } from './live-events.js';

interface Wishes {
  /** The whole timeline, for the caller as it is now. What it throws ends the stream, unless it is `unavailable`. */
  read(): Promise<ShownEvent[]>;
  send(event: CloudEvent | ShownEvent): void;
  end(): void;
}

/**
 * Tells of one file: what has become of it, then each event as it is published. The timeline is read again with every heartbeat and after every gap: so
 * nothing stays untold that was published at a wrong moment, and whoever loses the right to the file hears no more of it. Each event is told once.
 * Ends after `file.deleted`.
 */
export class FileFollower implements LiveListener {
  private readonly told = new Set<string>();
  /** What is published while the timeline is read, for the first time before `begin`. */
  private waiting: CloudEvent[] = [];
  private isReading = true;
  private hasBegun = false;
  private hasMissed = false;
  private readonly reading = new Batcher(() => this.read());

  constructor(private readonly wishes: Wishes) {}

  /** Tells all of `events` behind the one of this id, or all where it is not among them. */
  begin(events: readonly ShownEvent[], lastId: string): void {
    const seen = events.findIndex(({ id }) => id === lastId);
    for (const { id } of events.slice(0, seen + 1)) this.told.add(id);
    this.tell(events);
    this.tellWaiting();
    this.hasBegun = true;
    if (this.hasMissed) this.onGap();
  }

  onEvent(event: CloudEvent): void {
    // Whether it may be told at all has changed with it.
    if (event.type === FileUpdated.type && 'owner_id' in (event.data as { changes: object }).changes) this.onGap();
    else if (this.isReading) this.waiting.push(event);
    else this.tell([event]);
  }

  onGap(): void {
    if (this.hasBegun) void this.catchUp();
    else this.hasMissed = true;
  }

  private async catchUp(): Promise<void> {
    this.isReading = true;
    try {
      await this.reading.add();
    } catch (error) {
      if (!hasCode(error, 'unavailable')) this.wishes.end();
    }
  }

  private async read(): Promise<void> {
    this.isReading = true;
    try {
      this.tell(await this.wishes.read());
    } finally {
      this.tellWaiting();
    }
  }

  private tellWaiting(): void {
    this.isReading = false;
    this.tell(this.waiting.splice(0));
  }

  private tell(events: readonly (CloudEvent | ShownEvent)[]): void {
    for (const event of events) {
      if (this.told.has(event.id)) continue;
      this.told.add(event.id);
      this.wishes.send(event);
      if (event.type === FileDeleted.type) return this.wishes.end();
    }
  }
}
