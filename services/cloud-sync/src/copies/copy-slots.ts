import pLimit, { type LimitFunction } from 'p-limit';

/** Up to here many files are under way at once, whose bytes an S3 store has in memory: 32 MiB at most. */
const smallBytes = 256 * 1024;
/** They wait for the store more than they work. */
export const smallAtOnce = 128;

/** How many files are copied at a time. Neither large nor small ones keep the others waiting. */
export class CopySlots {
  private readonly small = pLimit(smallAtOnce);
  private readonly large: LimitFunction;

  constructor(largeAtOnce: number) {
    this.large = pLimit(largeAtOnce);
  }

  /** Does the work when there is a slot for a file of this size, in the order of asking. */
  use<Result>(sizeBytes: number, work: () => Promise<Result>): Promise<Result> {
    return (sizeBytes > smallBytes ? this.large : this.small)(work);
  }
}
