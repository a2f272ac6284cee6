import { type Msg, type MsgHdrs, nanos } from 'nats';
import { readHeaders } from './message-headers.js';

/** Encoded once: each event needs one. */
const ackBytes = new TextEncoder().encode('+ACK');

/** One delivery of a message by a pull consumer, and the ways to settle it. */
export class Delivery {
  readonly stream: string;
  readonly streamSequence: number;
  /** Counts from 1; redeliveries after a crash count too. */
  readonly deliveryCount: number;

  constructor(private readonly message: Msg) {
    const { stream, streamSequence, deliveryCount } = parseAckSubject(message.reply ?? '');
    this.stream = stream;
    this.streamSequence = streamSequence;
    this.deliveryCount = deliveryCount;
  }

  get subject(): string {
    return this.message.subject;
  }

  get data(): Uint8Array {
    return this.message.data;
  }

  get headers(): MsgHdrs | undefined {
    return readHeaders(this.message);
  }

  ack(): void {
    this.message.respond(ackBytes);
  }

  /** Asks for another delivery, at once or after `delayMs`. */
  nak(delayMs = 0): void {
    this.message.respond(delayMs > 0 ? `-NAK ${JSON.stringify({ delay: nanos(delayMs) })}` : '-NAK');
  }

  /** Keeps the message ours for another ack wait. */
  working(): void {
    this.message.respond('+WPI');
  }

  /** Takes the message out of the consumer for good. */
  term(): void {
    this.message.respond('+TERM');
  }
}

/**
 * A delivery's reply subject tells where it comes from:
 * `$JS.ACK.<stream>.<consumer>.<deliveries>.<stream seq>.<consumer seq>.<time>.<pending>`, and from servers that know
 * domains with `<domain>.<account>` before the stream. Source: NATS ADR-15.
 */
export function parseAckSubject(subject: string): { stream: string; streamSequence: number; deliveryCount: number } {
  const tokens = subject.split('.');
  const [stream = '', , deliveries, sequence] = tokens.slice(tokens.length >= 11 ? 4 : 2);
  return { stream, deliveryCount: Number(deliveries), streamSequence: Number(sequence) };
}
