import { type CloudEvent, findEvent } from '@wharf/contracts';
import { connect } from 'nats';
import { clientOptions } from '../scripts/servers/test-nats.ts';

/** A subscriber outside of Wharf: a plain NATS connection that validates what it hears by the published contracts. */
export async function listenToEvents(natsUrl: string, ...subjects: string[]) {
  const connection = await connect({ ...clientOptions(natsUrl), maxReconnectAttempts: -1, reconnectTimeWait: 100 });
  const heard: CloudEvent[] = [];
  const invalid: { subject: string; reason: string }[] = [];
  for (const subject of subjects) {
    connection.subscribe(subject, {
      callback: (_error, message) => {
        const parsed = findEvent(message.subject)?.envelope.safeParse(message.json());
        if (parsed?.success && message.headers?.get('ce-id') === parsed.data.id) heard.push(parsed.data);
        else invalid.push({ subject: message.subject, reason: parsed?.error?.message ?? 'unknown event' });
      },
    });
  }
  await connection.flush();
  return {
    heard,
    invalid,
    of: (type: string, uid?: string) => heard.filter((event) => event.type === type && (!uid || event.subject === uid)),
    close: () => connection.close(),
  };
}

/** How many messages a stream holds. */
export async function countMessages(natsUrl: string, stream: string): Promise<number> {
  const connection = await connect(clientOptions(natsUrl));
  try {
    const manager = await connection.jetstreamManager();
    return (await manager.streams.info(stream)).state.messages;
  } finally {
    await connection.close();
  }
}
