import { confirmAttachment, removeAccepted, removeSent } from '@wharf/attachments';
import { type DueAttachment, ListDueAttachments, SettleAttachment, serviceCaller } from '@wharf/contracts';
import { callRpc } from '@wharf/messaging';
import { faultPoint, hasCode } from '@wharf/service-kit';
import type { Janitor } from '../janitor.js';
import { reasonOf, requireOngoing, type SweepTally } from './run-sweep.js';

const batchSize = 100;

/**
 * Looks after attachments that are due: confirms what was sent and whose confirmation was lost, removes what never came or was refused, and what no
 * message has claimed. Nothing depends on the store telling us. Each step can be repeated, and one that ends leaves the attachment due for the
 * next. Throws `unavailable` when a dependency is away.
 */
export async function settleAttachments(janitor: Janitor, tally: SweepTally, signal: AbortSignal): Promise<void> {
  for (let hasMore = true; hasMore; ) {
    const { attachments } = await callRpc(janitor.bus, ListDueAttachments, { limit: batchSize });
    const acted = tally.acted;
    for (const attachment of attachments) {
      requireOngoing(signal);
      tally.examined++;
      await settleUnlessBroken(janitor, attachment, tally);
    }
    hasMore = tally.acted > acted;
  }
}

/** One that cannot be settled keeps no other from it. */
async function settleUnlessBroken(janitor: Janitor, attachment: DueAttachment, tally: SweepTally): Promise<void> {
  try {
    if (await settle(janitor, attachment)) tally.acted++;
  } catch (error) {
    if (hasCode(error, 'unavailable')) throw error;
    tally.addError(`${attachment.id}: ${reasonOf(error)}`);
  }
}

/** Whether anything has changed. */
async function settle(janitor: Janitor, attachment: DueAttachment): Promise<boolean> {
  const { attachmentMetrics, bus, config, store } = janitor;
  if (attachment.state === 'reserved' && (await isConfirmed(janitor, attachment))) return true;
  if (attachment.state !== 'reserved') await removeSent(store, attachment);
  // Not before metadata has said that nobody can confirm it any more.
  if (attachment.state === 'deleted') {
    await removeAccepted(store, attachment.id);
    await faultPoint('janitor.attachment_removed');
  }
  const { outcome } = await callRpc(bus, SettleAttachment, {
    attachment_id: attachment.id,
    orphan_age_ms: config.attachmentOrphanAgeMs,
  });
  if (outcome === 'forgotten') attachmentMetrics.count('removed');
  return outcome !== 'not_due';
}

/** Its client may have lost the answer, or itself. */
async function isConfirmed(janitor: Janitor, { id }: DueAttachment): Promise<boolean> {
  try {
    await confirmAttachment(janitor, { attachment_id: id, caller: serviceCaller });
    return true;
  } catch (error) {
    const codes = ['upload_missing', 'file_too_large', 'content_type_not_allowed', 'file_not_found'] as const;
    if (codes.some((code) => hasCode(error, code))) return false;
    throw error;
  }
}
