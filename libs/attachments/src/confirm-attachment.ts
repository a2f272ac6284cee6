import {
  type Caller,
  ConfirmAttachment,
  GetAttachment,
  type KeptAttachment,
  type LocatedFileRecord,
  UpdateFile,
} from '@wharf/contracts';
import { type Bus, callRpc } from '@wharf/messaging';
import type { ObjectStore } from '@wharf/object-store';
import { faultPoint, hasCode, type Logger } from '@wharf/service-kit';
import type { AttachmentMetrics } from './attachment-metrics.js';
import { judgeObject } from './judge-object.js';
import { removeAccepted, removeSent } from './sent-objects.js';

export interface AttachmentPlaces {
  bus: Bus;
  store: ObjectStore;
  attachmentMetrics: AttachmentMetrics;
  logger: Logger;
}

interface Confirmation {
  attachment_id: string;
  caller: Caller;
  message_id?: string | undefined;
}

/**
 * Makes a file of what was sent, for the client that says so or for the janitor where nobody did. Whenever this dies, the next one does the steps
 * that are left:
 * - before the object has its own key: nothing has happened;
 * - before it is recorded: it is judged again, and nobody can write to it any more;
 * - before what was sent is removed: it is recorded, and the janitor removes the rest.
 * Throws what `judgeObject` throws, after which nothing of a refused object is left, `file_not_found`, `unavailable`.
 */
export async function confirmAttachment(
  places: AttachmentPlaces,
  { attachment_id, caller, message_id }: Confirmation,
): Promise<LocatedFileRecord> {
  const { attachmentMetrics, bus, store } = places;
  const attachment = await callRpc(bus, GetAttachment, { attachment_id, caller });
  if (attachment.file) return link(places, attachment.file, { caller, message_id });
  try {
    const object = await judgeObject(store, attachment);
    const record = await callRpc(bus, ConfirmAttachment, { attachment_id, caller, message_id, object });
    attachmentMetrics.count('confirmed');
    await faultPoint('attachment.recorded');
    // Nobody waits for it: what is left of it is the janitor's, once the form has expired.
    void removeRest(places, attachment);
    return link(places, record, { caller, message_id });
  } catch (error) {
    // Not before it is known that no record refers to it: an answer that did not come is none.
    if (endings.some((code) => hasCode(error, code))) await removeRefused(store, attachment);
    if (refusals.some((code) => hasCode(error, code))) attachmentMetrics.count('refused');
    throw error;
  }
}

const refusals = ['file_too_large', 'content_type_not_allowed'] as const;
/** The last one: it was deleted, or given up by the janitor, while it was judged. */
const endings = [...refusals, 'file_not_found'] as const;

async function removeRefused(store: ObjectStore, attachment: KeptAttachment): Promise<void> {
  await removeSent(store, attachment);
  await removeAccepted(store, attachment.id);
}

/** Never throws. */
async function removeRest({ logger, store }: AttachmentPlaces, attachment: KeptAttachment): Promise<void> {
  try {
    await removeSent(store, attachment);
  } catch (error) {
    logger.warn({ error, uid: attachment.id }, 'what was sent of a confirmed attachment is left to the janitor');
  }
}

/** A confirmation names the message, where the reservation named none or another one. */
async function link(
  { bus }: AttachmentPlaces,
  record: LocatedFileRecord,
  { caller, message_id }: Pick<Confirmation, 'caller' | 'message_id'>,
): Promise<LocatedFileRecord> {
  if (message_id === undefined || message_id === record.message_id) return record;
  return callRpc(bus, UpdateFile, { uid: record.uid, caller, changes: { message_id } });
}
