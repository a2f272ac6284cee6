import { setTimeout as delay } from 'node:timers/promises';
import { requireOngoing } from '../sweeps/run-sweep.js';

/** Shorter pauses are saved up: a timer for each chunk would cost more than the chunk. */
const shortestPauseMs = 20;

/** Counts the bytes that a scrub reads, and lets all its readers together read only so many a second. */
export class ReadingPace {
  readBytes = 0;
  private dueAtMs = performance.now();

  constructor(
    private readonly bytesPerSecond: number,
    private readonly signal: AbortSignal,
  ) {}

  /** Where it gives a promise, read on only after that resolved. It rejects with `unavailable` once the signal aborts. */
  readonly onRead = (bytes: number): Promise<void> | undefined => {
    this.readBytes += bytes;
    const nowMs = performance.now();
    this.dueAtMs = Math.max(this.dueAtMs, nowMs) + (bytes / this.bytesPerSecond) * 1000;
    const pauseMs = this.dueAtMs - nowMs;
    return pauseMs < shortestPauseMs ? undefined : this.pause(pauseMs);
  };

  private async pause(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.signal }).catch(() => requireOngoing(this.signal));
  }
}
