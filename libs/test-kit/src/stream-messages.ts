import type { Bus } from '@wharf/messaging';

export interface StreamMessage {
  subject: string;
  header(name: string): string | undefined;
  text: string;
}

/** Everything in a stream, or what has `subject`, oldest first. */
export async function streamMessages(bus: Bus, stream: string, subject?: string): Promise<StreamMessage[]> {
  const manager = await bus.jetstreamManager();
  const { first_seq, last_seq } = (await manager.streams.info(stream)).state;
  const found: StreamMessage[] = [];
  // An empty stream begins at 0, where no message can be.
  for (let seq = Math.max(first_seq, 1); seq <= last_seq; seq++) {
    const message = await manager.streams.getMessage(stream, { seq });
    if (subject !== undefined && message.subject !== subject) continue;
    const text = message.string();
    found.push({ subject: message.subject, header: (name) => message.header?.get(name) || undefined, text });
  }
  return found;
}
