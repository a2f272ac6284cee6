import { type CloudEvent, findEvent } from '@wharf/contracts';
import { AppError, fieldErrors } from '@wharf/service-kit';

/** Bytes from NATS as a CloudEvent of the shape that `type` has in the contracts. Throws `invalid_request`. */
export function readEvent(type: string, bytes: Uint8Array): CloudEvent {
  const definition = findEvent(type);
  if (!definition) throw new AppError('invalid_request', `no event ${type} is known`);
  const event = definition.envelope.safeParse(parseJson(bytes));
  if (!event.success) {
    throw new AppError('invalid_request', `not a valid ${type} event`, { fields: fieldErrors(event.error) });
  }
  return event.data;
}

const decoder = new TextDecoder('utf-8', { fatal: true });

/** Throws `invalid_request` for bytes that are not JSON in UTF-8. */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(bytes));
  } catch (cause) {
    throw new AppError('invalid_request', 'not JSON', { cause });
  }
}
