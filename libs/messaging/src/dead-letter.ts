import { Header, RedeliveriesStream } from '@wharf/contracts';
import type { AppError } from '@wharf/service-kit';
import { Empty, headers, type MsgHdrs } from 'nats';
import type { Bus } from './bus.js';
import type { Delivery } from './delivery.js';
import { jetstreamCode } from './ensure-streams.js';
import { sizeOfHeaders } from './message-headers.js';
import { fromNatsError } from './nats-error.js';
import { originalSubject } from './redelivery.js';

interface Letter {
  payload: Uint8Array;
  headers: MsgHdrs;
}

const messageTooLarge = 10054;

/**
 * Puts a message that cannot be handled into DEAD_LETTERS, unchanged, under `dead.<service>.<subject>` with the reason in
 * its headers, and only then takes it out of the consumer: when this fails the message is redelivered, never lost.
 * One that is too large to travel with the reason is left where it stands: the letter tells stream, sequence and size instead.
 * A dead letter that was given back and failed again names the place where it stood first.
 */
export async function deadLetter(bus: Bus, service: string, message: Delivery, error: AppError): Promise<void> {
  const subject = `dead.${service}.${originalSubject(message.subject)}`;
  const whole = { payload: message.data, headers: verdictOn(message, service, error, message.headers) };
  const short = { payload: Empty, headers: verdictOn(message, service, error, undefined) };
  short.headers.set(Header.deadSize, String(message.data.length));
  try {
    (await (fits(bus, whole) && (await publishUnlessTooLarge(bus, subject, whole)))) ||
      (await publish(bus, subject, short));
  } catch (cause) {
    throw fromNatsError(cause, 'writing a dead letter');
  }
  message.term();
}

/** The message's own headers, apart from instructions to JetStream, which were meant for the first publish; and what became of it. */
function verdictOn(message: Delivery, service: string, error: AppError, original: MsgHdrs | undefined): MsgHdrs {
  const { deliveryCount, stream, streamSequence } = message;
  const copy = headers();
  for (const [name, values] of original ?? []) {
    if (isForJetStream(name)) continue;
    for (const value of values) copy.append(name, value);
  }
  copy.set(Header.messageId, `${service}.${stream}.${streamSequence}`);
  copy.set(Header.deadCode, error.code);
  copy.set(Header.deadReason, headerText(reasonOf(error)));
  if (stream !== RedeliveriesStream.name || !copy.has(Header.deadStream)) {
    copy.set(Header.deadStream, stream);
    copy.set(Header.deadSequence, String(streamSequence));
  }
  copy.set(Header.deadDeliveries, String(deliveryCount));
  return copy;
}

/** Whether a header tells JetStream what to do with a message. */
export function isForJetStream(name: string): boolean {
  return name.toLowerCase().startsWith('nats-');
}

/** Headers and payload share the server's limit. */
function fits(bus: Bus, letter: Letter): boolean {
  return sizeOfHeaders(letter.headers) + letter.payload.length <= bus.maxPayloadBytes;
}

async function publishUnlessTooLarge(bus: Bus, subject: string, letter: Letter): Promise<boolean> {
  try {
    return await publish(bus, subject, letter);
  } catch (error) {
    if (jetstreamCode(error) === messageTooLarge) return false;
    throw error;
  }
}

async function publish(bus: Bus, subject: string, letter: Letter): Promise<true> {
  await bus.jetstream().publish(subject, letter.payload, { headers: letter.headers });
  return true;
}

function reasonOf(error: AppError): string {
  const fields = error.fields.map((field) => `${field.path}: ${field.message}`).join('; ');
  const cause = error.cause instanceof Error ? error.cause.message : '';
  return [error.message, fields, cause].filter((part) => part !== '').join(': ');
}

function headerText(text: string): string {
  return text
    .slice(0, 4000)
    .replace(/[^\x20-\x7e]+/g, ' ')
    .slice(0, 1000);
}
