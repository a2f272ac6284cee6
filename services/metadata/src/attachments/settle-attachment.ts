import { type EntityManager, LockMode, raw } from '@mikro-orm/postgresql';
import { FileOrphaned, type RpcReply, type RpcRequest, type SettleAttachment } from '@wharf/contracts';
import { inTransaction } from '@wharf/database';
import { endFiles } from '../files/end-files.js';
import { FileEntity } from '../files/file.entity.js';
import type { Metadata } from '../metadata.js';
import { announce } from '../outbox/announce.js';
import { AttachmentEntity } from './attachment.entity.js';
import { releaseShare } from './release-share.js';

type Outcome = RpcReply<typeof SettleAttachment>['outcome'];

/** Of its time to be claimed by a message, how much is left when the deletion is announced: a day of a week. */
const noticeShare = 1 / 7;

/** Decides what becomes of an attachment that is due. Each outcome is a step that can be repeated. */
export async function settleAttachment(
  { orm, outbox }: Metadata,
  { attachment_id: id, orphan_age_ms: orphanAgeMs }: RpcRequest<typeof SettleAttachment>,
): Promise<RpcReply<typeof SettleAttachment>> {
  const outcome = await inTransaction(orm, async (em): Promise<Outcome> => {
    const due = { id, [raw('due_at <= now()')]: [] };
    const attachment = await em.findOne(AttachmentEntity, due, { lockMode: LockMode.PESSIMISTIC_WRITE });
    switch (attachment?.state) {
      case undefined:
        return 'not_due';
      case 'reserved':
        await releaseShare(em, attachment as AttachmentEntity);
        (attachment as AttachmentEntity).state = 'deleted';
        return 'ended';
      case 'deleted':
        return forget(em, attachment as AttachmentEntity);
      case 'confirmed':
        return settleConfirmed(em, attachment as AttachmentEntity, orphanAgeMs);
    }
  });
  outbox.wake();
  return { outcome };
}

/** One that was confirmed goes with the record of its deleted file: until then a second deletion is answered as the first. */
function forget(em: EntityManager, attachment: AttachmentEntity): Outcome {
  if (attachment.confirmedAt === null) em.remove(attachment);
  else attachment.dueAt = null;
  return 'forgotten';
}

async function settleConfirmed(em: EntityManager, attachment: AttachmentEntity, orphanAgeMs: number): Promise<Outcome> {
  const { announcedAt, confirmedAt, id } = attachment;
  const file = await em.findOne(FileEntity, { uid: id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
  if (!file || file.status === 'deleted') {
    attachment.state = 'deleted';
    return 'ended';
  }
  // Once claimed it is a file like any other.
  if (file.messageId !== null) {
    attachment.dueAt = null;
    return 'kept';
  }
  const noticeMs = orphanAgeMs * noticeShare;
  const noticeAt = (confirmedAt ?? attachment.createdAt).getTime() + orphanAgeMs - noticeMs;
  if (Date.now() < noticeAt) {
    attachment.dueAt = new Date(noticeAt);
    return 'kept';
  }
  if (announcedAt === null) {
    const deletesAt = new Date(Date.now() + noticeMs);
    attachment.announcedAt = new Date();
    attachment.dueAt = deletesAt;
    announce(em, FileOrphaned, {
      subject: id,
      data: { uid: id, owner_id: file.ownerId, deletes_at: deletesAt.toISOString() },
    });
    return 'announced';
  }
  attachment.state = 'deleted';
  await endFiles(em, [file], 'expired');
  return 'removed';
}
