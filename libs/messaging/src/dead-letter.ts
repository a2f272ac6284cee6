import { Header, RedeliveriesStream } from '@wharf/contracts';
import type { AppError } from '@wharf/service-kit';
import { headers } from 'nats';
import { type Bus, fromNatsError } from './bus.js';
import type { Delivery } from './delivery.js';
import { originalSubject } from './redelivery.js';

/**
 * Puts a message that cannot be handled into DEAD_LETTERS, unchanged, under `dead.<service>.<subject>` with the reason in
 * its headers, and only then takes it out of the consumer: when this fails the message is redelivered, never lost.
 * A dead letter that was given back and failed again names the place where it stood first.
 */
export async function deadLetter(bus: Bus, service: string, message: Delivery, error: AppError): Promise<void> {
  const copy = headers();
  for (const [name, values] of message.headers ?? []) {
    if (name === Header.messageId) continue;
    for (const value of values) copy.append(name, value);
  }
  const { stream, streamSequence, deliveryCount } = message;
  copy.set(Header.messageId, `${service}.${stream}.${streamSequence}`);
  copy.set(Header.deadCode, error.code);
  copy.set(Header.deadReason, headerText(reasonOf(error)));
  if (stream !== RedeliveriesStream.name || !copy.has(Header.deadStream)) {
    copy.set(Header.deadStream, stream);
    copy.set(Header.deadSequence, String(streamSequence));
  }
  copy.set(Header.deadDeliveries, String(deliveryCount));
  try {
    await bus
      .jetstream()
      .publish(`dead.${service}.${originalSubject(message.subject)}`, message.data, { headers: copy });
  } catch (cause) {
    throw fromNatsError(cause, 'writing a dead letter');
  }
  message.term();
}

function reasonOf(error: AppError): string {
  const fields = error.fields.map((field) => `${field.path}: ${field.message}`).join('; ');
  const cause = error.cause instanceof Error ? error.cause.message : '';
  return [error.message, fields, cause].filter((part) => part !== '').join(': ');
}

function headerText(text: string): string {
  return text.replace(/[^\x20-\x7e]+/g, ' ').slice(0, 1000);
}
