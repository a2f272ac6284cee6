import { Header, streams } from '@wharf/contracts';
import type { MsgHdrs } from 'nats';
import type { Bus } from './bus.js';
import { jetstreamCode } from './ensure-streams.js';
import { fromNatsError } from './nats-error.js';

/** A message that was too large for its dead letter: where it stands, and what makes sure that it is still the same. */
export interface LeftMessage {
  stream: string;
  sequence: number;
  subject: string;
  sizeBytes: number;
}

/** What a dead letter or a redelivery leaves where it stands; undefined where it carries the message itself. */
export function leftMessageOf(subject: string, header: (name: string) => string | undefined): LeftMessage | undefined {
  const sizeBytes = header(Header.deadSize);
  if (!sizeBytes) return undefined;
  const [stream = '', sequence] = [header(Header.deadStream), header(Header.deadSequence)];
  return { subject, stream, sequence: Number(sequence), sizeBytes: Number(sizeBytes) };
}

export const headerReader = (headers: MsgHdrs | undefined) => (name: string) => headers?.get(name);

/** Its payload, or undefined when its stream does not keep it any more. Throws `unavailable`. */
export async function readLeftMessage(bus: Bus, left: LeftMessage): Promise<Uint8Array | undefined> {
  const { sequence, sizeBytes, stream, subject } = left;
  // The place comes from a header, and anybody may have written that.
  if (!streams.some(({ name }) => name === stream) || !Number.isSafeInteger(sequence) || sequence < 1) return undefined;
  try {
    const message = await (await bus.jetstreamManager()).streams.getMessage(stream, { seq: sequence });
    // A stream that was made anew counts from 1 again.
    return message.subject === subject && message.data.length === sizeBytes ? message.data : undefined;
  } catch (error) {
    if (messageNotFound.includes(jetstreamCode(error) ?? 0)) return undefined;
    throw fromNatsError(error, `reading ${stream}`);
  }
}

export const messageNotFound = [10037, 10043, 10057, 10059];

export function describeLeftMessage({ sequence, sizeBytes, stream }: LeftMessage): string {
  return `the message of ${sizeBytes} bytes was left in ${stream} ${sequence}`;
}
