import type { EventDefinition } from '@wharf/contracts';
import { type EventAttributes, emit } from '@wharf/messaging';
import { hasCode } from '@wharf/service-kit';
import { type Accounts, serviceName } from './accounts.js';

type Announced<Definition extends EventDefinition> = Omit<EventAttributes<Definition>, 'service'>;

/**
 * Announces what gateways have to act upon, after its commit. The id says what has happened, so that a repetition is the same event.
 * Throws `unavailable` where JetStream has not confirmed it: then the caller is told to come again, and what is repeated is announced
 * again.
 */
export async function announce<Type extends string, Data>(
  { bus }: Pick<Accounts, 'bus'>,
  definition: EventDefinition<Type, Data>,
  attributes: Announced<EventDefinition<Type, Data>>,
): Promise<void> {
  await emit(bus, definition, { service: serviceName, ...attributes });
}

/** Announces what nobody waits for: trouble is logged, and keeps nobody from logging in. */
export async function tell<Type extends string, Data>(
  accounts: Pick<Accounts, 'bus' | 'logger'>,
  definition: EventDefinition<Type, Data>,
  attributes: Announced<EventDefinition<Type, Data>>,
): Promise<void> {
  try {
    await announce(accounts, definition, attributes);
  } catch (error) {
    if (!hasCode(error, 'unavailable')) throw error;
    accounts.logger.warn({ error, type: definition.type }, 'an event could not be published');
  }
}
