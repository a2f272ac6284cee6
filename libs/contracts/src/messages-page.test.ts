import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { events, rpcs, streams } from './index.js';

const page = readFileSync(new URL('../../../docs/messages.md', import.meta.url), 'utf8');

/** The cells of the table row that begins with `name`; the first cell is empty, as the line begins with a bar. */
function rowOf(name: string): string[] {
  const rows = page.split('\n').map((line) => line.split('|').map((cell) => cell.trim()));
  return rows.find((cells) => cells[1] === `\`${name}\`` || cells[1] === name) ?? [];
}

const words = (cell: string | undefined) => [...(cell ?? '').matchAll(/`([^`]+)`/g)].map((match) => match[1]);
/** Of one of several shapes all that any of them has. */
const keysOf = (schema: unknown): string[] =>
  schema instanceof z.ZodUnion
    ? [...new Set(schema.options.flatMap(keysOf))]
    : Object.keys((schema as z.ZodObject).shape);

test.each(events.map((event) => [event.type, event] as const))(
  '%s is documented with its fields and stream',
  (type, event) => {
    const [, , stream, , data] = rowOf(type);
    expect(words(data)).toEqual(keysOf(event.data));
    expect(streams.find((candidate) => candidate.name === stream)?.subjects).toContain(`${type.split('.')[0]}.>`);
  },
);

test.each(rpcs.map((rpc) => [rpc.subject, rpc] as const))('%s is documented with its request', (subject, rpc) => {
  const [, , request] = rowOf(subject);
  expect(words(request)).toEqual(keysOf(rpc.request));
});

test.each(streams.map((stream) => [stream.name, stream] as const))('the stream %s is documented', (name, stream) => {
  const [, , subjects] = rowOf(name);
  expect(words(subjects)).toEqual(stream.subjects);
});
