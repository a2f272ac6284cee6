import type { EntityManager, MikroORM } from '@mikro-orm/postgresql';
import type { CloudEvent, ReadTimeline, RpcReply, RpcRequest } from '@wharf/contracts';
import { inTransaction } from '@wharf/database';
import { fileNotFound, scopeOf } from '../access/file-scope.js';
import { FileEntity } from '../files/file.entity.js';
import { fittingPage } from '../files/fitting-page.js';
import { within } from '../files/lock-file.js';
import { isTold } from './keep-events.js';
import { deletedEvent, storedEvent, syncedEvent } from './told-by-record.js';

type Reply = RpcReply<typeof ReadTimeline>;

/**
 * What became of a file, from what its record still tells and what was kept before it forgot. Throws `file_not_found` for a caller who may not
 * change the file.
 */
export async function readTimeline(
  orm: MikroORM,
  { after, caller, uid }: RpcRequest<typeof ReadTimeline>,
): Promise<Reply> {
  const events = await inTransaction(orm, async (em) => {
    const scope = scopeOf(caller, 'change');
    // The record first: what it forgets after this moment is among what is read then.
    const file = await em.findOne(FileEntity, scope.kind === 'all' ? uid : { uid, ...within(scope) });
    if (!file) throw fileNotFound(uid);
    return inOrder([...(await readKept(em, uid)), ...(await readTold(em, file))]);
  });
  const page = fittingPage(events.slice(after));
  const end = after + page.length;
  return { events: page as Reply['events'], next: end < events.length ? end : null };
}

async function readKept(em: EntityManager, uid: string): Promise<CloudEvent[]> {
  const rows = await em.execute<{ event: CloudEvent }[]>(
    'select event from file_events where file_uid = ? order by position',
    [uid],
  );
  return rows.map(({ event }) => event);
}

async function readTold(em: EntityManager, file: FileEntity): Promise<CloudEvent[]> {
  const [attachment] = await em.execute<object[]>('select 1 from attachments where id = ?', [file.uid]);
  const stored = !attachment && isTold(file) ? [storedEvent(file)] : [];
  return [...stored, ...[syncedEvent(file), deletedEvent(file)].filter((event) => event !== undefined)];
}

/** An event that was kept counts, and not the one that the record tells of its kind. The first is always `file.stored`, whatever the clocks say. */
function inOrder(events: CloudEvent[]): CloudEvent[] {
  const ofKind = new Map<string, CloudEvent>();
  for (const event of events) if (!ofKind.has(event.type)) ofKind.set(event.type, event);
  const told = new Set(['file.stored', 'file.synced', 'file.deleted']);
  const placeOf = ({ time, type }: CloudEvent) => (type === 'file.stored' ? '' : time);
  return events
    .filter((event) => !told.has(event.type) || event.id === ofKind.get(event.type)?.id)
    .sort((one, other) => (placeOf(one) < placeOf(other) ? -1 : placeOf(one) > placeOf(other) ? 1 : 0));
}
