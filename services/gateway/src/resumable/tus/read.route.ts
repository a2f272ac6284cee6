import type { Caller } from '@wharf/contracts';
import type { Context } from 'koa';
import type { Gateway } from '../../gateway.js';
import { answerEmpty } from '../http/answer-empty.js';
import { readUpload } from '../read-upload.js';
import { setProgress } from './http/tus-headers.js';
import { formatConcat } from './parse-concat.js';

/** HEAD: the offset, and all that a client needs to go on. */
export async function readByTus(
  gateway: Gateway,
  context: Context,
  { uid, caller }: { uid: string; caller: Caller },
): Promise<void> {
  const entry = await readUpload(gateway, uid, caller);
  answerEmpty(context, 200);
  context.set('Cache-Control', 'no-store');
  if (entry.length === null) context.set('Upload-Defer-Length', '1');
  else context.set('Upload-Length', String(entry.length));
  if (entry.sent_metadata) context.set('Upload-Metadata', entry.sent_metadata);
  if (entry.kind !== 'whole') context.set('Upload-Concat', formatConcat(entry.kind, entry.parts));
  setProgress(context, uid, entry);
}
