import { hasCode } from '@wharf/service-kit';
import type { OwnedQuota } from './owned-quota.js';
import type { UploadQuotas } from './upload-quotas.js';

/** The largest step of a body of unknown length that is reserved ahead of it: each step is a request. */
const longestStepBytes = 16 * 1024 * 1024;

interface CertainLength {
  certainBytes: number;
  isStated: boolean;
}

/**
 * What one upload has reserved in its owner's quota, and of the file request by which it is delivered: under the uid of its file, so that the record settles it.
 *
 * A stated length is reserved as a whole before the body. Otherwise the bytes are reserved in steps as they arrive, each step at most as large
 * as what has arrived before: whoever sends little holds little.
 */
export class QuotaReservation {
  private heldBytes = 0;
  private arrivedBytes = 0;
  private longestStep = 0;
  /** Requests come one after the other: each counts on what the one before it was given. */
  private lastRequest: Promise<unknown> = Promise.resolve();
  /** Whether metadata may have something reserved. */
  private mayHold = false;
  /** The file of an earlier attempt is recorded, and counted: this one takes no more. */
  private isRecorded = false;
  /** The upload has ended, one way or the other. */
  private isOver = false;
  /** Why what was lost could not be reserved again. */
  private failure: unknown;

  constructor(
    private readonly quotas: Pick<UploadQuotas, 'reserve' | 'drop' | 'release'>,
    readonly owner: OwnedQuota,
    readonly uid: string,
  ) {}

  /**
   * Before the body, of which so many bytes are certain to come. Where the length is stated, little or nothing comes beyond them, and
   * nothing is reserved ahead. Throws `quota_exceeded`, `rate_limited`, `unavailable`.
   */
  begin({ certainBytes, isStated }: CertainLength): Promise<void> {
    this.longestStep = isStated ? 0 : longestStepBytes;
    return this.serialize(() => this.request(certainBytes, certainBytes));
  }

  /** Before so many bytes are kept. Throws as `begin`. */
  reserve(bytes: number): Promise<void> {
    return this.serialize(async () => {
      if (this.failure) throw this.failure;
      const neededBytes = this.arrivedBytes + bytes;
      const { limits, requestId } = this.owner;
      const isLimited = limits.max_bytes !== null || requestId !== undefined;
      if (isLimited && !this.isRecorded && neededBytes > this.heldBytes) {
        await this.request(neededBytes + Math.min(this.arrivedBytes, this.longestStep), neededBytes);
      }
      this.arrivedBytes = neededBytes;
    });
  }

  /** Once the file is stored. Its record settles the reservation; until then it is renewed. */
  finish({ isRecorded }: { isRecorded: boolean }): void {
    this.isOver = true;
    if (isRecorded) this.leave();
  }

  /** After a failure by which nothing was stored. */
  release(): Promise<void> {
    this.isOver = true;
    return this.serialize(async () => {
      if (this.mayHold) await this.quotas.release(this);
    });
  }

  /** After a failure that may have left the file to be recorded: what nobody renews lapses, unless the record comes first. */
  leave(): void {
    this.isOver = true;
    // After a request that is under way, and whose answer would be held.
    void this.serialize(async () => this.quotas.drop(this));
  }

  /** Metadata has it no more. A gateway that was away for longer than a lease has to ask again for what it still needs. */
  onLost(): void {
    if (this.isOver) {
      this.quotas.drop(this);
      return;
    }
    const again = this.serialize(() => this.request(this.heldBytes, this.heldBytes));
    // What is away for a moment is found out by the next renewal.
    again.catch((error: unknown) => {
      if (!hasCode(error, 'unavailable')) this.failure = error;
    });
  }

  private async request(bytes: number, leastBytes: number): Promise<void> {
    try {
      const given = await this.quotas.reserve(this, { bytes, leastBytes });
      this.mayHold = true;
      this.heldBytes = given.bytes;
      this.isRecorded = given.is_recorded;
    } catch (error) {
      // An answer that did not come may have been a reservation.
      if (hasCode(error, 'unavailable')) this.mayHold = true;
      throw error;
    }
  }

  private serialize<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = this.lastRequest.then(work);
    this.lastRequest = done.catch(() => undefined);
    return done;
  }
}
