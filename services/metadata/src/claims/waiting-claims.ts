import { AppError } from '@wharf/service-kit';

/**
 * Before it is said that running transfers hold what is left. The news that one has ended may come a moment later than the next
 * request: of a client that had the last byte, or of a player that breaks one transfer off and begins another.
 */
export const pausesMs = [50, 200, 750];

/** Claims of one file or link that may wait like this in one process. Who comes beyond them is told at once: a crowd costs a look each. */
const mostWaiting = 10;
const waiting = new Map<string, number>();

/** Whether one more may wait for what `id` is of; then `waitNoMore` follows. */
export function mayWait(id: string): boolean {
  const count = waiting.get(id) ?? 0;
  if (count >= mostWaiting) return false;
  waiting.set(id, count + 1);
  return true;
}

export function waitNoMore(id: string): void {
  const count = waiting.get(id) ?? 0;
  if (count > 1) waiting.set(id, count - 1);
  else waiting.delete(id);
}

/** Held is not used: what the running transfers do not use up is there again when they end. */
export function downloadsHeld(): AppError {
  return new AppError('unavailable', 'all downloads that are left are under way; ask again later');
}
