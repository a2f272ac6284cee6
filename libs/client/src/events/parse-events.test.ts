import { expect, test } from '@jest/globals';
import { parseEvents } from './parse-events.js';

async function parse(...chunks: string[]) {
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(encoder.encode(chunk));
      controller.close();
    },
  });
  const events: unknown[] = [];
  for await (const event of parseEvents(body)) events.push(event);
  return events;
}

test.each([
  ['whole', ['id: 1\nevent: file.stored\ndata: {"a":\ndata: 1}\n\n']],
  ['with other line ends', ['id: 1\r\nevent: file.stored\r\ndata: {"a":\r\ndata: 1}\r\n\r\n']],
  ['in pieces', ['id: 1\nevent: fi', 'le.stored\nda', 'ta: {"a":\ndata:1}\n', '\n']],
  ['between comments', [': heartbeat\n\n', 'id: 1\nevent: file.stored\n: x\ndata: {"a":\ndata: 1}\n\n:\n\n']],
  ['before one that is not complete', ['id: 1\nevent: file.stored\ndata: {"a":\ndata: 1}\n\nid: 2\ndata: x\n']],
])('an event is read: %s', async (_how, chunks) => {
  expect(await parse(...chunks)).toEqual([{ id: '1', type: 'file.stored', data: '{"a":\n1}' }]);
});

test('letters of several bytes survive being cut', async () => {
  const bytes = new TextEncoder().encode('data: é\n\n');
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
      controller.close();
    },
  });
  const events: unknown[] = [];
  for await (const event of parseEvents(body)) events.push(event);
  expect(events).toMatchObject([{ data: 'é' }]);
});
