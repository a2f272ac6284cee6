import type { MikroORM } from '@mikro-orm/postgresql';
import { inTransaction, tryAdvisoryLock } from '@wharf/database';
import { type Bus, publishEvent } from '@wharf/messaging';
import { faultPoint, hasCode } from '@wharf/service-kit';
import { outboxRelayLock } from '../database.js';
import { OutboxEntity } from './outbox.entity.js';

export type RelayOutcome = 'emptied' | 'more' | 'another_relays' | 'nats_away';

const batchSize = 100;
/** Keeps the transaction short; the last publishes may take their own timeout on top. */
const batchMs = 2000;

type Row = { id: number; subject: string; payload: Parameters<typeof publishEvent>[1] };

/**
 * Publishes the oldest events of the outbox, those of different files side by side, and removes what JetStream has.
 *
 * Delivery: at least once. A crash between publish and commit publishes again under the same id, which JetStream drops
 * within its duplicate window.
 * Order: a file's events are published in the order of their commits, since a file's row is locked when its outbox row is
 * written, since one replica relays at a time, and since the next event of a file waits until JetStream has the one before.
 * `for update skip locked` would let replicas share the work, and overtake each other with two events of one file. Events
 * of different files may be published out of commit order.
 * An event that cannot be published holds back those that come after it, apart from those at its side.
 */
export async function relayOutbox(orm: MikroORM, bus: Bus): Promise<RelayOutcome> {
  if (!bus.isConnected) return 'nats_away';
  return inTransaction(orm, async (em) => {
    if (!(await tryAdvisoryLock(em, outboxRelayLock))) return 'another_relays';
    const rows = await em.find(OutboxEntity, {}, { orderBy: { id: 'asc' }, limit: batchSize });
    const { published, isNatsAway } = await publishInOrder(bus, rows);
    if (published.length > 0) await em.nativeDelete(OutboxEntity, { id: { $in: published } });
    if (isNatsAway) return 'nats_away';
    return published.length < rows.length || rows.length === batchSize ? 'more' : 'emptied';
  });
}

async function publishInOrder(bus: Bus, rows: Row[]): Promise<{ published: number[]; isNatsAway: boolean }> {
  const published: number[] = [];
  const until = Date.now() + batchMs;
  for (const wave of inWaves(rows)) {
    // All of them are waited for: none may be under way still when the transaction ends.
    const results = await Promise.allSettled(wave.map((row) => publish(bus, row)));
    for (const [index, row] of wave.entries()) if (results[index]?.status === 'fulfilled') published.push(row.id);
    const errors = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
    const unexpected = errors.find((error) => !hasCode(error, 'unavailable'));
    if (unexpected) throw unexpected;
    if (errors.length > 0) return { published, isNatsAway: true };
    if (Date.now() > until) break;
  }
  return { published, isNatsAway: false };
}

async function publish(bus: Bus, { payload }: Row): Promise<void> {
  await faultPoint('metadata.outbox_before_publish');
  await publishEvent(bus, payload);
  await faultPoint('metadata.outbox_after_publish');
}

/** In each wave one event of a file at most: its first one that no wave before had. */
function inWaves(rows: Row[]): Row[][] {
  const waves: Row[][] = [];
  const next = new Map<string, number>();
  for (const row of rows) {
    const wave = next.get(row.subject) ?? 0;
    next.set(row.subject, wave + 1);
    waves[wave] ??= [];
    waves[wave].push(row);
  }
  return waves;
}
