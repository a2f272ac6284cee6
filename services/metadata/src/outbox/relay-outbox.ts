import type { MikroORM } from '@mikro-orm/postgresql';
import { type Bus, publishEvent } from '@wharf/messaging';
import { faultPoint, hasCode } from '@wharf/service-kit';
import { tryAdvisoryLock } from '../database/advisory-lock.js';
import { inTransaction } from '../database/in-transaction.js';
import { OutboxEntity } from './outbox.entity.js';

export type RelayOutcome = 'emptied' | 'more' | 'another_relays' | 'nats_away';

const batchSize = 100;
/** Keeps the transaction short; the last publish may take its own timeout on top. */
const batchMs = 2000;

/**
 * Publishes the oldest events of the outbox one after another, each removed once JetStream has it.
 *
 * Delivery: at least once. A crash between publish and commit publishes again under the same id, which JetStream drops
 * within its duplicate window.
 * Order: a file's events are published in the order of their commits, since a file's row is locked when its outbox row is
 * written, and since one replica relays at a time. `for update skip locked` would let replicas share the work, and
 * overtake each other with two events of one file. Events of different files may be published out of commit order.
 * An event that cannot be published holds back those behind it.
 */
export async function relayOutbox(orm: MikroORM, bus: Bus): Promise<RelayOutcome> {
  if (!bus.isConnected) return 'nats_away';
  return inTransaction(orm, async (em) => {
    if (!(await tryAdvisoryLock(em, 'outbox_relay'))) return 'another_relays';
    const rows = await em.find(OutboxEntity, {}, { orderBy: { id: 'asc' }, limit: batchSize });
    const { published, isNatsAway } = await publishInOrder(bus, rows);
    if (published.length > 0) await em.nativeDelete(OutboxEntity, { id: { $in: published } });
    if (isNatsAway) return 'nats_away';
    return published.length < rows.length || rows.length === batchSize ? 'more' : 'emptied';
  });
}

async function publishInOrder(
  bus: Bus,
  rows: { id: number; payload: Parameters<typeof publishEvent>[1] }[],
): Promise<{ published: number[]; isNatsAway: boolean }> {
  const published: number[] = [];
  const until = Date.now() + batchMs;
  for (const row of rows) {
    try {
      await faultPoint('metadata.outbox_before_publish');
      await publishEvent(bus, row.payload);
      await faultPoint('metadata.outbox_after_publish');
    } catch (error) {
      if (hasCode(error, 'unavailable')) return { published, isNatsAway: true };
      throw error;
    }
    published.push(row.id);
    if (Date.now() > until) break;
  }
  return { published, isNatsAway: false };
}
