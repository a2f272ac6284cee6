import { setTimeout as delay } from 'node:timers/promises';
import { type CloudEvent, FilesStream } from '@wharf/contracts';
import { type KeptMessage, readEvent, readStream } from '@wharf/messaging';
import type { Environment } from '@wharf/service-kit/load-config';
import { withBus } from './with-bus.js';

interface TailOptions {
  /** From now on unless given. */
  since?: Date;
  type?: string;
  follow: boolean;
}

const everyMs = 1000;

/** Tells the events of all files in the order in which they were stored, each once: those of the past, and then, looking every second, what comes. */
export function tailStream(
  environment: Environment,
  { follow, since = new Date(), type }: TailOptions,
  tell: (event: CloudEvent) => void,
): Promise<void> {
  return withBus(environment, async (bus) => {
    let from = since;
    let last = 0;
    for (;;) {
      for await (const message of readStream(bus, FilesStream.name, { since: from, ...(type && { subject: type }) })) {
        // The time that is read from again is that of messages which were told.
        if (message.sequence <= last) continue;
        last = message.sequence;
        from = new Date(message.storedAt);
        tellMessage(message, tell);
      }
      if (!follow) return;
      await delay(everyMs);
    }
  });
}

function tellMessage({ data, sequence, subject }: KeptMessage, tell: (event: CloudEvent) => void): void {
  try {
    tell(readEvent(subject, data));
  } catch (error) {
    process.stderr.write(`FILES ${sequence} holds no event of ${subject}: ${(error as Error).message}\n`);
  }
}
