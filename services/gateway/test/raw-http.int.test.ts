import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { FilePage } from '@wharf/contracts';
import { eventually } from '@wharf/test-kit';
import { sha256 } from '../../../e2e/client.ts';
import { openRawConnection, type RawConnection, statusesIn } from '../../../e2e/raw-connection.ts';
import { bodies } from './raw-http/bodies.js';
import { connections } from './raw-http/connections.js';
import { headers } from './raw-http/headers.js';
import { get, type RawCase } from './raw-http/raw-case.js';
import { requestLines } from './raw-http/request-lines.js';
import { GatewayWorld } from './world.js';

/**
 * HTTP/1.1 as it can be written on a socket: requests that are malformed, or that two readers may understand differently. Each stands for
 * one sentence of RFC 9112 or RFC 9110.
 */
const all = [...requestLines, ...headers, ...bodies, ...connections];
const lanes = 16;
const patienceMs = 10_000;
const lastRequest = get('Connection: close\r\n');

interface Outcome {
  statuses: string;
  end: 'closed' | 'reset' | 'left open';
}

let world: GatewayWorld;
let url: string;
const outcomes = new Map<RawCase, Outcome>();

beforeAll(async () => {
  world = await GatewayWorld.open();
  ({ url } = await world.start());
  const waiting = all.entries();
  const runLane = async () => {
    for (const [index, each] of waiting) outcomes.set(each, await run(each, nameOf(index)));
  };
  await Promise.all(Array.from({ length: lanes }, runLane));
}, 60_000);

afterAll(() => world?.close());

const nameOf = (index: number) => `case-${index}`;

async function run(each: RawCase, name: string): Promise<Outcome> {
  const connection = openRawConnection(url);
  const { received, socket } = connection;
  let wasReset = false;
  socket.on('error', () => {
    wasReset = true;
  });
  const bytes = Buffer.from(each.text.replaceAll('{name}', name), 'latin1');
  if (each.ends) socket.end(bytes);
  else socket.write(bytes);
  if (!each.closes) await askOnceMore(connection, each);
  const isClosed = await once(socket, 'close', { signal: AbortSignal.timeout(patienceMs) }).then(
    () => true,
    () => socket.closed,
  );
  socket.destroy();
  const statuses = statusesIn(received());
  if (!each.closes && statuses.at(-1) === 200) statuses.pop();
  return { statuses: statuses.join(' '), end: wasReset ? 'reset' : isClosed ? 'closed' : 'left open' };
}

/** Asks what any gateway answers, once the answers of the case are there. */
async function askOnceMore({ received, socket }: RawConnection, { statuses }: RawCase): Promise<void> {
  const areAnswered = () => expect(statuses).toContain(statusesIn(received()).join(' '));
  await eventually(areAnswered, { timeoutMs: patienceMs, everyMs: 5 }).catch(() => undefined);
  if (socket.writable) socket.write(lastRequest);
}

test('every case has a name of its own', () => {
  const names = all.map(({ name, section }) => `${section}: ${name}`);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  expect(all.length).toBeGreaterThan(200);
});

test.each(all.map((each) => [each.section, each.name, each] as const))('%s: %s', (_section, _name, each) => {
  const { end, statuses } = outcomes.get(each) as Outcome;
  expect(each.statuses).toContain(statuses);
  // Where the connection stayed open, it was the last request that closed it.
  expect(end).toBe('closed');
});

test('what was stored is what complete uploads held, and nothing else', async () => {
  const expected = all.flatMap((each, index) => {
    const isStored = outcomes.get(each)?.statuses.split(' ').includes('201');
    return isStored ? [`${nameOf(index)} ${sha256(Buffer.from(each.stores))}`] : [];
  });
  const stored: string[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const query = `limit=200${cursor && `&cursor=${cursor}`}`;
    const page: FilePage = FilePage.parse(await (await fetch(`${url}/api/v1/files?${query}`)).json());
    stored.push(...page.files.map((file) => `${file.original_name} ${file.sha256}`));
    cursor = page.next_cursor;
  }
  expect(stored.sort()).toEqual(expected.sort());
  for (const folder of ['incoming', 'journal']) {
    await eventually(async () => expect(await readdir(path.join(world.volumeDir, folder))).toEqual([]));
  }
});
