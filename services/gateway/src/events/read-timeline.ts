import { type Caller, ReadTimeline, type ShownEvent } from '@wharf/contracts';
import { callRpc } from '@wharf/messaging';
import type { Gateway } from '../gateway.js';

/** All of it, oldest first. Throws `file_not_found` for a caller who may not change the file, `unavailable`. */
export async function readTimeline({ bus }: Pick<Gateway, 'bus'>, uid: string, caller: Caller): Promise<ShownEvent[]> {
  const events: ShownEvent[] = [];
  for (let after: number | null = 0; after !== null; ) {
    const page: { events: ShownEvent[]; next: number | null } = await callRpc(bus, ReadTimeline, {
      uid,
      caller,
      after,
    });
    events.push(...page.events);
    after = page.next;
  }
  return events;
}
