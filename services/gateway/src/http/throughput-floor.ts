/** So long a transfer may take to get going. */
const graceMs = 30_000;
/** Over so much waiting the floor is judged each time after that. */
const windowMs = 60_000;

/**
 * One direction of one transfer, held against a floor of throughput. Only time in which the client was waited for counts: after 30
 * seconds of it, every 60 seconds have to move what the floor asks for.
 */
export class ThroughputFloor {
  private isInGrace = true;
  private waitedMs = 0;
  private movedBytes = 0;

  constructor(private readonly minBytesPerSecond: number) {}

  /** Whether the transfer is too slow, after `waitedMs` more of waiting for the client and `movedBytes` more that moved. */
  isBelow(waitedMs: number, movedBytes: number): boolean {
    this.waitedMs += waitedMs;
    this.movedBytes += movedBytes;
    if (this.waitedMs < (this.isInGrace ? graceMs : windowMs)) return false;
    const isTooSlow = !this.isInGrace && this.movedBytes < (this.minBytesPerSecond * this.waitedMs) / 1000;
    this.isInGrace = false;
    this.waitedMs = 0;
    this.movedBytes = 0;
    return isTooSlow;
  }
}
