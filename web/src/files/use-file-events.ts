import { useEffect } from 'preact/hooks';
import { wharf } from '../api/wharf.ts';

const againMs = 5000;

/** Tells of each event of a file as it happens. A connection that is lost is opened again, behind the last event that was seen. */
export function useFileEvents(uid: string, onEvent: () => Promise<void>): void {
  useEffect(() => {
    const ending = new AbortController();
    void follow(uid, onEvent, ending.signal);
    return () => ending.abort();
  }, [uid, onEvent]);
}

async function follow(uid: string, onEvent: () => Promise<void>, signal: AbortSignal): Promise<void> {
  let last: string | undefined;
  while (!signal.aborted) {
    try {
      for await (const { id } of wharf.events(uid, { signal, ...(last !== undefined && { lastEventId: last }) })) {
        last = id;
        await onEvent();
      }
      // It was deleted.
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, againMs));
    }
  }
}
