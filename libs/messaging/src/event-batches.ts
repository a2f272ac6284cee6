import type { CloudEvent } from '@wharf/contracts';
import { Batcher, type Health, type Logger, Rejected, toAppError } from '@wharf/service-kit';
import { ackPolicyFor } from './ack-policy.js';
import type { EventContext } from './event-context.js';

/** One event of a batch, and what its handler can know and do beside it. */
export interface Received<Event extends CloudEvent = CloudEvent> {
  event: Event;
  context: EventContext;
}

/** An event that failed while the others of its batch took effect. */
export interface Refusal {
  received: Received;
  error: unknown;
}

/**
 * Makes an event handler take many events at once, in stream order: `@OnEvent(TheEvent, inBatches)` on a method with the
 * parameter `batch: Received<…>[]`.
 *
 * - A batch is what has arrived, at most `batchSize`: nothing is waited for, so an event that comes alone is handled alone.
 * - One batch of a subject is handled at a time. What arrives meanwhile is the next one.
 * - When the handler resolves, every event counts as done and is acknowledged, except those that it returns as refusals:
 *   each of them is settled by its error, as if it had come alone.
 * - When it throws, the batch is handled again in halves, down to the event that it fails for, which is settled by its
 *   error. So it must leave nothing half done, and stand an event twice. While a dependency is away nothing is halved:
 *   the consumer pauses, and all events of the batch come again when it is back, without a delivery counted.
 */
export const inBatches = { batch: true } as const;

export type BatchOption = typeof inBatches;

export const batchSize = 256;

export interface EventBatchesOptions {
  handle(batch: Received[]): Promise<readonly Refusal[] | undefined>;
  health: Health;
  logger: Logger;
}

/** Gathers the events of one handler into batches, and tells each event's consumer how that event fared. */
export class EventBatches {
  private readonly batches = new Batcher<Received>((batch) => this.handle(batch), { maxItems: batchSize });

  constructor(private readonly options: EventBatchesOptions) {}

  /** Resolves once a batch with this event took effect; rejects with the error that is this event's own. */
  take(received: Received): Promise<void> {
    return this.batches.add(received);
  }

  private async handle(batch: Received[]): Promise<(undefined | Rejected)[]> {
    try {
      const refusals = await this.options.handle(batch);
      const errors = new Map(refusals?.map(({ received, error }) => [received, new Rejected(error)]));
      return batch.map((received) => errors.get(received));
    } catch (error) {
      if (batch.length > 1 && !(await this.isDependencyAway(error))) return this.halve(batch, error);
      return batch.map(() => new Rejected(error));
    }
  }

  private async halve(batch: Received[], error: unknown): Promise<(undefined | Rejected)[]> {
    this.options.logger.warn({ error, events: batch.length }, 'a batch failed; it is handled in halves');
    const middle = Math.ceil(batch.length / 2);
    const first = await this.handle(batch.slice(0, middle));
    return [...first, ...(await this.handle(batch.slice(middle)))];
  }

  /** Then a smaller batch would fail as well, and the consumer knows how to wait. */
  private async isDependencyAway(error: unknown): Promise<boolean> {
    if (ackPolicyFor(toAppError(error).code) !== 'wait') return false;
    return (await this.options.health.report()).status !== 'ok';
  }
}

/** As many as a handler of single events has under way. */
const aloneAtOnce = 8;

/** For those of a batch that the batch is no way for: handles each by itself, and tells which failed. */
export async function handleAlone<Event extends CloudEvent>(
  batch: readonly Received<Event>[],
  handle: (event: Event) => Promise<void>,
): Promise<Refusal[]> {
  const refusals: Refusal[] = [];
  for (let start = 0; start < batch.length; start += aloneAtOnce) {
    await Promise.all(
      batch
        .slice(start, start + aloneAtOnce)
        .map((received) => handle(received.event).catch((error: unknown) => void refusals.push({ received, error }))),
    );
  }
  return refusals;
}
