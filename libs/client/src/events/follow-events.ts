import type { ShownEvent } from '@wharf/contracts';
import { retry } from '../http/retry.js';
import type { Transport } from '../http/transport.js';
import { unreachable, WharfError } from '../wharf-error.js';
import { parseEvents, type ServerEvent } from './parse-events.js';

export interface FollowOptions {
  /** Only what came behind this event. */
  lastEventId?: string;
  signal?: AbortSignal;
}

/**
 * The events of a file, oldest first, those of its past included, and then each as it happens, until the file is deleted. A connection that breaks is
 * opened again behind the last event. Throws WharfError, and the reason of the signal.
 */
export async function* followEvents(
  transport: Transport,
  uid: string,
  { lastEventId, signal }: FollowOptions,
): AsyncGenerator<ShownEvent> {
  let last = lastEventId;
  let events: AsyncGenerator<ServerEvent> | undefined;
  const next = () =>
    retry({ patienceMs: transport.patienceMs, signal }, async () => {
      try {
        events ??= parseEvents(await open(transport, uid, { last, signal }));
        return await events.next();
      } catch (error) {
        events = undefined;
        signal?.throwIfAborted();
        throw error instanceof WharfError ? error : unreachable(transport.api, error);
      }
    });
  try {
    for (let deleted = false; !deleted; ) {
      const { done, value } = await next();
      if (done) {
        // A gateway that goes away says goodbye to those who listen.
        events = undefined;
        if (await isOver(transport, uid, signal)) return;
        continue;
      }
      last = value.id ?? last;
      const event = JSON.parse(value.data) as ShownEvent;
      deleted = event.type === 'file.deleted';
      yield event;
    }
  } finally {
    await events?.return(undefined);
  }
}

async function open(
  transport: Transport,
  uid: string,
  { last, signal }: { last: string | undefined; signal: AbortSignal | undefined },
): Promise<ReadableStream<Uint8Array>> {
  const headers = { Accept: 'text/event-stream', ...(last !== undefined && { 'Last-Event-ID': last }) };
  const answer = await transport.request('GET', `files/${uid}/events`, { headers, signal });
  return answer.body ?? new Blob([]).stream();
}

async function isOver(transport: Transport, uid: string, signal: AbortSignal | undefined): Promise<boolean> {
  const { status } = await transport.json<{ status: string }>('GET', `files/${uid}/metadata`, { signal });
  return status === 'deleted';
}
