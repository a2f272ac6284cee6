import { DeliveryReceipt } from '@wharf/contracts';
import { AppError } from '@wharf/service-kit';
import type { Context } from 'koa';
import { findRecord } from '../../../files/find-record.js';
import { publicRecord } from '../../../files/public-record.js';
import type { Gateway } from '../../../gateway.js';
import { publicUrl } from '../../../http/public-url.js';
import { receiptOf } from '../../../requests/receipt-of.js';
import type { StoredUpload } from '../../../uploads/store-file.js';
import { answerOf } from '../../../uploads/upload-once.js';
import type { Appended } from '../../append-to-upload.js';
import { answerEmpty } from '../../http/answer-empty.js';
import { addressOf, setCompleteness, uploadLimit } from './draft-answer.js';

interface ToAnswer extends Appended {
  uid: string;
  version: number | undefined;
  /** Whether this is the request that began the upload. */
  isNew: boolean;
}

/** As any upload is answered, once it is a file; until then, that it goes on. Throws `unavailable`. */
export async function answerAppend(
  gateway: Gateway,
  context: Context,
  { entry, isNew, stored, uid, version }: ToAnswer,
): Promise<void> {
  const isFile = entry.state !== 'open';
  setCompleteness(context, isFile);
  context.set('Upload-Offset', String(entry.offset));
  if (!isFile) {
    context.set('Upload-Limit', uploadLimit(gateway.config, { entry, version }));
    if (isNew) context.set('Location', addressOf(gateway.config, uid));
    return answerEmpty(context, isNew ? 201 : 204);
  }
  const { body, location, status } = answerOf(stored ?? (await storedBefore(gateway, uid)));
  context.status = status;
  context.set('Location', publicUrl(gateway.config, location));
  context.body = entry.request ? receiptOf(DeliveryReceipt.parse(body)) : body;
}

/** Of a file whose last answer did not arrive. */
async function storedBefore(gateway: Gateway, uid: string): Promise<StoredUpload> {
  const record = await findRecord(gateway, uid);
  if (!record) throw new AppError('unavailable', 'the upload is stored; its record follows');
  return { record: publicRecord(record), isRecorded: true };
}
