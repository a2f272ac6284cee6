import type { EntityManager } from '@mikro-orm/postgresql';
import type { CloudEvent } from '@wharf/contracts';
import type { FileEntity } from '../files/file.entity.js';
import { storedEvent, syncedEvent } from './told-by-record.js';

const insertion = `
  insert into file_events (file_uid, event_id, type, event)
  select (event->>'subject')::uuid, event->>'id', event->>'type', event from jsonb_array_elements(?::jsonb) as event`;

/** Keeps events about recorded files in the caller's transaction. One that is kept already stays as it is. */
export async function keepEvents(em: EntityManager, events: readonly CloudEvent[]): Promise<void> {
  if (events.length > 0) await em.execute(`${insertion} on conflict do nothing`, [JSON.stringify(events)]);
}

/**
 * Before files are changed for the first time: keeps what `file.stored` said of them, which their records are about to forget. An
 * attachment's is kept from its beginning.
 */
export async function keepStored(em: EntityManager, files: readonly FileEntity[]): Promise<void> {
  const events = files.filter(isTold).map(storedEvent);
  if (events.length === 0) return;
  await em.execute(
    `${insertion} where not exists (select 1 from attachments where id = (event->>'subject')::uuid) on conflict do nothing`,
    [JSON.stringify(events)],
  );
}

/** A record that was changed before has forgotten it, and one without a digest is an attachment's. */
export function isTold({ changedAt, sha256 }: FileEntity): boolean {
  return changedAt === null && sha256 !== null;
}

/** Before files end: keeps what `file.synced` said, since their records will name no object any more. */
export function keepSynced(em: EntityManager, files: readonly FileEntity[]): Promise<void> {
  return keepEvents(
    em,
    files.flatMap((file) => syncedEvent(file) ?? []),
  );
}
