import type { Caller, CloudEvent } from '@wharf/contracts';
import type { FileOwners } from './file-owners.js';
import type { LiveListener } from './live-events.js';

/** Events whose owner is asked for. */
const mostWaiting = 1000;

interface Wishes {
  send(event: CloudEvent): void;
  end(): void;
}

/**
 * Tells of all files of a caller, of all files with the scope `files:all`, from now on and in the order in which events are published. Where some may
 * have been missed it ends: the client asks again, and reads its list again.
 */
export class FilesFollower implements LiveListener {
  private latest: Promise<void> = Promise.resolve();
  private waitingCount = 0;

  constructor(
    private readonly caller: Caller,
    private readonly owners: Pick<FileOwners, 'ownerOf'>,
    private readonly wishes: Wishes,
  ) {}

  onEvent(event: CloudEvent): void {
    if (this.caller.scopes.includes('files:all')) return this.wishes.send(event);
    if (this.caller.id === null) return;
    if (++this.waitingCount > mostWaiting) return this.wishes.end();
    this.latest = this.latest.then(() => this.judge(event));
  }

  onGap(): void {
    this.wishes.end();
  }

  private async judge(event: CloudEvent): Promise<void> {
    try {
      if ((await this.owners.ownerOf(event)) === this.caller.id) this.wishes.send(event);
    } catch {
      // Whose it is cannot be said: it may be one that is missed.
      this.wishes.end();
    } finally {
      this.waitingCount--;
    }
  }
}
