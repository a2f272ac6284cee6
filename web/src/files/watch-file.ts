import { addressOf } from './file-api.ts';

const pollMs = 2500;

/**
 * Tells of every event of a file as it happens; where that cannot be had, tells to look again every few seconds, as long as something may still happen.
 * Gives back what ends it.
 */
export function watchFile(uid: string, onEvent: () => void, { isSettled }: { isSettled(): boolean }): () => void {
  let timer: ReturnType<typeof setInterval> | undefined;
  const source = new EventSource(`${addressOf(uid)}/events`);
  for (const type of ['stored', 'synced', 'sync_failed', 'purged', 'updated', 'deleted', 'lost']) {
    source.addEventListener(`file.${type}`, onEvent);
  }
  source.addEventListener('error', () => {
    // While it connects again by itself there is nothing to do.
    if (source.readyState !== EventSource.CLOSED || timer) return;
    timer = setInterval(() => !isSettled() && document.visibilityState === 'visible' && onEvent(), pollMs);
  });
  return () => {
    source.close();
    clearInterval(timer);
  };
}
