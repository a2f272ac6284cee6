import type { ServerResponse } from 'node:http';

/** For what is no transfer: opening the copy, a connection that pauses. */
const graceMs = 60_000;
/** More than a timer can wait, 24 days, is no limit. */
const longestTimerMs = 2 ** 31 - 1;

/** How long a limited download may hold what others wait for: as long as its bytes take at the floor of throughput. */
export function longestLifeMs(bytes: number, minThroughput: number): number {
  if (minThroughput === 0) return Number.POSITIVE_INFINITY;
  return (bytes / minThroughput) * 1000 + graceMs;
}

/** Breaks the connection of an answer that takes longer, unless `end` is called before. */
export function limitLife(response: ServerResponse, lifeMs: number): { isCut(): boolean; end(): void } {
  let isCut = false;
  const cut = () => {
    isCut = true;
    response.destroy();
  };
  const timer = lifeMs <= longestTimerMs ? setTimeout(cut, lifeMs) : undefined;
  return { isCut: () => isCut, end: () => clearTimeout(timer) };
}
