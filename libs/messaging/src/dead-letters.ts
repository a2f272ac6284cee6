import { DeadLettersStream, Header, RedeliveriesStream } from '@wharf/contracts';
import { AppError } from '@wharf/service-kit';
import { headers } from 'nats';
import type { Bus } from './bus.js';
import { isForJetStream } from './dead-letter.js';
import { jetstreamCode } from './ensure-streams.js';
import {
  describeLeftMessage,
  type LeftMessage,
  leftMessageOf,
  messageNotFound,
  readLeftMessage,
} from './left-message.js';
import { fromNatsError } from './nats-error.js';
import { headersOf, type KeptMessage, readStream } from './read-stream.js';
import { redeliveriesOf, redeliverySubject } from './redelivery.js';

/** A message that a service gave up, and why. */
export interface DeadLetter {
  /** Its sequence in DEAD_LETTERS. */
  id: number;
  service: string;
  /** The subject under which the message was published. */
  subject: string;
  /** The file, or the sweep, that it is about; undefined where the message does not say. */
  about: string | undefined;
  code: string;
  reason: string;
  deliveries: number;
  /** Where the original stands, for as long as its stream keeps it. */
  origin: { stream: string; sequence: number };
  givenUpAt: string;
  headers: Record<string, string[]>;
  payload: Uint8Array;
  /** Where the message is, when it was too large for the letter: `payload` is empty then, and `payloadOf` reads it. */
  left: LeftMessage | undefined;
}

export interface DeadLetterFilter {
  service?: string | undefined;
  subject?: string | undefined;
  code?: string | undefined;
}

const consumerNotFound = [10014, 10059];

/** Oldest first. Throws `unavailable`. */
export async function* listDeadLetters(bus: Bus, filter: DeadLetterFilter = {}): AsyncGenerator<DeadLetter> {
  for await (const message of readStream(bus, DeadLettersStream.name)) {
    const letter = toDeadLetter(message);
    if (isWanted(letter, filter)) yield letter;
  }
}

/**
 * Up to `limit` of those behind the id `after`, oldest first. Read one by one, without a consumer: for a page of them, asked for by somebody who may
 * make none. Throws `unavailable`.
 */
export async function pageOfDeadLetters(
  bus: Bus,
  { after, limit }: { after: number; limit: number },
): Promise<DeadLetter[]> {
  const letters: DeadLetter[] = [];
  const [subject = ''] = DeadLettersStream.subjects;
  for (let last = after; letters.length < limit; ) {
    const letter = await getLetter(bus, { seq: last + 1, next_by_subj: subject });
    if (!letter) break;
    letters.push(letter);
    last = letter.id;
  }
  return letters;
}

/** How many there are. Throws `unavailable`. */
export async function countDeadLetters(bus: Bus): Promise<number> {
  try {
    return (await (await bus.jetstreamManager()).streams.info(DeadLettersStream.name)).state.messages;
  } catch (error) {
    throw fromNatsError(error, 'counting dead letters');
  }
}

/** Undefined when there is none of this id. Throws `unavailable`. */
export function findDeadLetter(bus: Bus, id: number): Promise<DeadLetter | undefined> {
  return getLetter(bus, { seq: id });
}

/** `next_by_subj` looks for the first one from there on. */
async function getLetter(bus: Bus, place: { seq: number; next_by_subj?: string }): Promise<DeadLetter | undefined> {
  try {
    const manager = await bus.jetstreamManager();
    const message = await manager.streams.getMessage(DeadLettersStream.name, place);
    const { data, header, seq, subject, time } = message;
    return toDeadLetter({
      sequence: seq,
      subject,
      storedAt: time.toISOString(),
      headers: headersOf(header),
      data,
    });
  } catch (error) {
    if (messageNotFound.includes(jetstreamCode(error) ?? 0)) return undefined;
    throw fromNatsError(error, 'reading a dead letter');
  }
}

/** The message itself, also where it was left in its stream; undefined when it is not there any more. Throws `unavailable`. */
export async function payloadOf(bus: Bus, { left, payload }: DeadLetter): Promise<Uint8Array | undefined> {
  return left ? readLeftMessage(bus, left) : payload;
}

/**
 * Gives a dead letter back to the service that gave it up, and to nobody else, unchanged. It leaves the dead letters only
 * after JetStream has stored it for that service; done twice within ten minutes it is stored once.
 * What was left in its stream is read there by the service. Throws `file_not_found` when it is not there any more, and
 * `unavailable`, also when the service has never said that it takes messages back.
 */
export async function replayDeadLetter(bus: Bus, letter: DeadLetter): Promise<void> {
  await requireReceiver(bus, letter.service);
  if (letter.left && !(await payloadOf(bus, letter))) {
    throw new AppError('file_not_found', `${describeLeftMessage(letter.left)}, and is not there any more`);
  }
  const copy = headers();
  for (const [name, values] of Object.entries(letter.headers)) {
    if (isForJetStream(name) || verdict.has(name)) continue;
    for (const value of values) copy.append(name, value);
  }
  // With the time: a stream that was made anew counts from 1 again.
  copy.set(Header.messageId, `${DeadLettersStream.name}.${letter.id}.${letter.givenUpAt}`);
  try {
    await bus.jetstream().publish(redeliverySubject(letter.service, letter.subject), letter.payload, { headers: copy });
  } catch (error) {
    throw fromNatsError(error, `giving back the dead letter ${letter.id}`);
  }
  await dropDeadLetter(bus, letter.id);
}

/** For good. Idempotent. Throws `unavailable`. */
export async function dropDeadLetter(bus: Bus, id: number): Promise<void> {
  try {
    await (await bus.jetstreamManager()).streams.deleteMessage(DeadLettersStream.name, id);
  } catch (error) {
    if (!messageNotFound.includes(jetstreamCode(error) ?? 0)) throw fromNatsError(error, 'removing a dead letter');
  }
}

/** What was said of the message when it was given up. Where it stood first is kept. */
const verdict = new Set<string>([Header.deadCode, Header.deadReason, Header.deadDeliveries]);

/** A message for a service that does not exist, or that is too old to read it, would lie there unseen. */
async function requireReceiver(bus: Bus, service: string): Promise<void> {
  try {
    const manager = await bus.jetstreamManager();
    await manager.consumers.info(RedeliveriesStream.name, redeliveriesOf(service).durable);
  } catch (error) {
    if (!consumerNotFound.includes(jetstreamCode(error) ?? 0)) throw fromNatsError(error, `looking for ${service}`);
    throw new AppError('unavailable', `${service} takes no messages back: no such service has been started`);
  }
}

function toDeadLetter({ data, headers: all, sequence, storedAt, subject }: KeptMessage): DeadLetter {
  const [, service = '', ...rest] = subject.split('.');
  const first = (name: string) => all[name]?.[0];
  return {
    id: sequence,
    service,
    subject: rest.join('.'),
    about: first(Header.eventSubject),
    code: first(Header.deadCode) ?? '',
    reason: first(Header.deadReason) ?? '',
    deliveries: Number(first(Header.deadDeliveries) ?? 0),
    origin: { stream: first(Header.deadStream) ?? '', sequence: Number(first(Header.deadSequence) ?? 0) },
    givenUpAt: storedAt,
    headers: all,
    payload: data,
    left: leftMessageOf(rest.join('.'), first),
  };
}

function isWanted(letter: DeadLetter, filter: DeadLetterFilter): boolean {
  return (['service', 'subject', 'code'] as const).every(
    (field) => filter[field] === undefined || filter[field] === letter[field],
  );
}
