import { type EntityManager, LockMode } from '@mikro-orm/postgresql';
import { type AssignOwner, FileUpdated, type RpcReply, type RpcRequest } from '@wharf/contracts';
import { inTransaction } from '@wharf/database';
import { revokeLinks } from '../links/revoke-links.js';
import type { Metadata } from '../metadata.js';
import { announce } from '../outbox/announce.js';
import { lockOwners } from '../quotas/lock-owners.js';
import { keepStored } from '../timeline/keep-events.js';
import { FileEntity } from './file.entity.js';
import { applyChanges, timeAfter } from './update-file.js';

type Assignment = RpcRequest<typeof AssignOwner>;

/**
 * Makes files somebody's, those of one request together. Each is announced like any change: kept records are judged by their owner, and a
 * database that is restored learns it from the stream. Files that are the owner's already are left as they are. Links that a former owner gave away
 * are revoked: the new one does not know of them. Those of files of nobody stay.
 */
export async function assignOwner(
  { orm, outbox }: Metadata,
  assignment: Assignment,
): Promise<RpcReply<typeof AssignOwner>> {
  const { limit, owner_id, uids } = assignment;
  const found = await inTransaction(orm, async (em) => {
    const files = await lockFiles(em, assignment);
    await revokeLinks(
      em,
      files.filter(isOfAnother(owner_id)).map(({ uid }) => uid),
    );
    await lockOwners(em, [owner_id, ...files.map(({ ownerId }) => ownerId)]);
    await keepStored(em, files);
    for (const file of files) assign(em, file, owner_id);
    return files.map(({ uid }) => uid);
  });
  outbox.wake();
  return { uids: found, next: uids === null && found.length === limit ? (found.at(-1) ?? null) : null };
}

function isOfAnother(owner: string) {
  return ({ ownerId }: FileEntity) => ownerId !== null && ownerId !== owner;
}

/** In the order of their uids, as wherever many are locked at once. */
function lockFiles(em: EntityManager, { after, limit, uids }: Assignment): Promise<FileEntity[]> {
  const unowned = { ownerId: null, ...(after !== null && { uid: { $gt: after } }) };
  return em.find(
    FileEntity,
    { status: { $ne: 'deleted' }, ...(uids === null ? unowned : { uid: { $in: uids } }) },
    { orderBy: { uid: 'asc' }, ...(uids === null && { limit }), lockMode: LockMode.PESSIMISTIC_WRITE },
  );
}

function assign(em: EntityManager, file: FileEntity, owner_id: string): void {
  if (file.ownerId === owner_id) return;
  const time = timeAfter(file.changedAt);
  const changes = { owner_id };
  applyChanges(file, changes, time);
  announce(em, FileUpdated, { subject: file.uid, time, data: { uid: file.uid, changes } });
}
