import type { EntityManager } from '@mikro-orm/postgresql';
import type { AttachmentEntity } from './attachment.entity.js';

/** Gives back what an attachment has reserved of its owner's quota; nothing where it has nothing. */
export async function releaseShare(em: EntityManager, { id, ownerId }: AttachmentEntity): Promise<void> {
  if (ownerId !== null) await em.execute('select drop_reservations(?, ?::uuid)', [ownerId, id]);
}
