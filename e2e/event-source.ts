import type { CloudEvent } from '@wharf/contracts';

/** A stream of server-sent events as its client has read it so far. */
export interface EventSource {
  answer: Response;
  events: CloudEvent<string, Record<string, unknown>>[];
  /** The ids of the lines `id:`, which a browser sends back. */
  ids: string[];
  comments: number;
  isEnded(): boolean;
  close(): void;
}

/** Asks for events as a browser does. The answer may be another one: then nothing is read. */
export async function openEventSource(url: string, headers: Record<string, string> = {}): Promise<EventSource> {
  const ending = new AbortController();
  const answer = await fetch(url, { headers: { Accept: 'text/event-stream', ...headers }, signal: ending.signal });
  let isEnded = false;
  const source: EventSource = {
    answer,
    events: [],
    ids: [],
    comments: 0,
    isEnded: () => isEnded,
    close: () => ending.abort(),
  };
  if (answer.status === 200) {
    void readInto(source).finally(() => {
      isEnded = true;
    });
  }
  return source;
}

async function readInto(source: EventSource): Promise<void> {
  let text = '';
  const decoder = new TextDecoder();
  try {
    for await (const chunk of source.answer.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) takeBlock(source, block);
    }
  } catch {
    // Closed by the test.
  }
}

function takeBlock(source: EventSource, block: string): void {
  const fields = Object.fromEntries(block.split('\n').map((line) => line.split(/: ?(.*)/s, 2)));
  if (block.startsWith(':')) source.comments++;
  if (fields.id !== undefined) source.ids.push(fields.id);
  if (fields.data === undefined) return;
  const event = JSON.parse(fields.data);
  if (event.type !== fields.event) throw new Error(`the event ${event.type} came as ${fields.event}`);
  source.events.push(event);
}
