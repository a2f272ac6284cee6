import { setTimeout as delay } from 'node:timers/promises';
import type { Versioned } from '@wharf/messaging';
import { endsByItself, isHeld, type UploadEntry } from './upload-entry.js';

interface WaitOptions {
  read(): Promise<Versioned<UploadEntry>>;
  /** Tells the holder that somebody waits. */
  ask(): void;
  timeoutMs: number;
}

const shortestPauseMs = 20;
const longestPauseMs = 100;
const askEveryMs = 500;
/** For a holder that has all bytes, and reads or joins them. */
const longestEndMs = 60_000;

/**
 * The entry of an upload once no request holds it any more; or as it is when its holder has said that it goes on, or the time is over. A holder that
 * has all bytes is waited for: it ends by itself.
 */
export async function waitForUpload({ ask, read, timeoutMs }: WaitOptions): Promise<Versioned<UploadEntry>> {
  const startedAt = performance.now();
  let askedAt = Number.NEGATIVE_INFINITY;
  let first: UploadEntry | undefined;
  for (let pauseMs = shortestPauseMs; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
    const found = await read();
    const { value: entry } = found;
    if (!isHeld(entry)) return found;
    const now = performance.now();
    if (first?.epoch !== entry.epoch) first = entry;
    const goesOn = entry.refusals > first.refusals;
    const isOver = endsByItself(entry) ? now - startedAt >= longestEndMs : goesOn || now - startedAt >= timeoutMs;
    if (isOver) return found;
    if (now - askedAt >= askEveryMs) {
      askedAt = now;
      ask();
    }
    await delay(pauseMs);
  }
}
