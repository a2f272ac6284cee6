import { type DeadLetterRecord, type ListDeadLetters, type RpcReply, type RpcRequest, Uid } from '@wharf/contracts';
import { type DeadLetter, pageOfDeadLetters } from '@wharf/messaging';
import { fittingPage } from '../files/fitting-page.js';
import type { Metadata } from '../metadata.js';

/** One page of the messages that services gave up, without the messages themselves. Throws `unavailable`. */
export async function pageDeadLetters(
  { bus }: Metadata,
  { after, limit }: RpcRequest<typeof ListDeadLetters>,
): Promise<RpcReply<typeof ListDeadLetters>> {
  const letters = await pageOfDeadLetters(bus, { after, limit: limit + 1 });
  const dead_letters = fittingPage(letters.slice(0, limit).map(toRecord));
  const isLast = dead_letters.length === letters.length;
  return { dead_letters, next: isLast ? null : (dead_letters.at(-1)?.seq ?? null) };
}

function toRecord({ about, code, deliveries, givenUpAt, id, reason, service, subject }: DeadLetter): DeadLetterRecord {
  const uid = Uid.safeParse(about);
  return {
    seq: id,
    service,
    subject,
    uid: uid.success ? uid.data : null,
    code,
    reason,
    attempts: deliveries,
    at: givenUpAt,
  };
}
