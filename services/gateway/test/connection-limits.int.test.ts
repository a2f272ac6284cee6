import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '@wharf/test-kit';
import { openRawConnection, type RawConnection, statusesIn } from '../../../e2e/raw-connection.ts';
import { GatewayWorld } from './world.js';

let world: GatewayWorld;

beforeAll(async () => {
  world = await GatewayWorld.open();
});

afterAll(() => world?.close());

/** Asked nothing before: connections are counted. */
const start = (overrides: Record<string, string>) => world.start(overrides, { untilConnected: false });

const live = 'GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n';

/** So many connections, once each has had an answer or was closed. */
async function openConnections(url: string, count: number, localAddress?: string): Promise<RawConnection[]> {
  const connections = Array.from({ length: count }, () => openRawConnection(url, live, { localAddress }));
  await eventually(() => {
    for (const { received, socket } of connections) expect(socket.closed || received() !== '').toBe(true);
  });
  return connections;
}

const openOf = (connections: RawConnection[]) => connections.filter(({ socket }) => !socket.closed);

async function close(connections: RawConnection[]): Promise<void> {
  for (const { socket } of connections) socket.destroy();
  await Promise.all(connections.map(({ closed }) => closed));
}

test('connections beyond MAX_CONNECTIONS are closed at once, and those that are open live on', async () => {
  const gateway = await start({ MAX_CONNECTIONS: '20' });
  const connections = await openConnections(gateway.url, 50);
  const open = openOf(connections);
  expect(open).toHaveLength(20);
  for (const { socket } of open) socket.write(live);
  await eventually(() => {
    for (const { received } of open) expect(statusesIn(received())).toEqual([200, 200]);
  });
  await close(connections);
  await eventually(async () => {
    const again = await openConnections(gateway.url, 1);
    expect(openOf(again)).toHaveLength(1);
    await close(again);
  });
});

test('MAX_CONNECTIONS_PER_ADDRESS holds for each address', async () => {
  const gateway = await start({ MAX_CONNECTIONS_PER_ADDRESS: '5' });
  const greedy = await openConnections(gateway.url, 10, '127.0.0.1');
  expect(openOf(greedy)).toHaveLength(5);
  const other = await openConnections(gateway.url, 3, '127.0.0.2');
  expect(openOf(other)).toHaveLength(3);
  await close(greedy);
  await eventually(async () => {
    const again = await openConnections(gateway.url, 5, '127.0.0.1');
    expect(openOf(again)).toHaveLength(5);
    await close(again);
  });
  const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
  expect(metrics).toMatch(/wharf_connections_cut_total\{reason="connections_of_address"[^}]*\} \d/);
  await close(other);
});

test('behind a proxy connections of one address are not limited', async () => {
  const gateway = await start({ MAX_CONNECTIONS_PER_ADDRESS: '5', TRUST_PROXY: '1' });
  const connections = await openConnections(gateway.url, 10);
  expect(openOf(connections)).toHaveLength(10);
  await close(connections);
});

test('connections on which a refused body is dropped count until they are closed, which is soon', async () => {
  const gateway = await start({ MAX_CONNECTIONS_PER_ADDRESS: '5' });
  const refused = 'POST /upload HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 999\r\n\r\n';
  const lingering = Array.from({ length: 5 }, () => openRawConnection(gateway.url, refused, { allowHalfOpen: true }));
  await eventually(() => {
    for (const { received } of lingering) expect(statusesIn(received())).toEqual([404]);
  });
  const [further] = await openConnections(gateway.url, 1);
  expect(further?.socket.closed).toBe(true);
  // After five seconds without a byte.
  await eventually(async () => {
    const next = await openConnections(gateway.url, 1);
    const openCount = openOf(next).length;
    await close(next);
    expect(openCount).toBe(1);
  });
  await close(lingering);
  const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
  expect(metrics).toMatch(/wharf_connections_cut_total\{reason="unread_body"[^}]*\} 5/);
});

describe('MAX_UPLOADS_PER_ADDRESS', () => {
  /** An upload that has begun and does not end. */
  const begin = (url: string, headers = '', localAddress?: string) =>
    openRawConnection(
      url,
      `POST /api/v1/files/stream HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n${headers}Content-Length: 9\r\n\r\n`,
      { localAddress },
    );

  const statusOf = ({ received }: RawConnection) => statusesIn(received())[0];

  async function expectStatuses(connections: RawConnection[], statuses: number[]): Promise<void> {
    await eventually(() => expect(connections.map(statusOf)).toEqual(statuses));
  }

  test('more uploads of an address are answered 429 before their bodies, others are not', async () => {
    const gateway = await start({ MAX_UPLOADS_PER_ADDRESS: '3' });
    const open = Array.from({ length: 3 }, () => begin(gateway.url));
    await expectStatuses(open, [100, 100, 100]);
    const refused = begin(gateway.url);
    await expectStatuses([refused], [429]);
    expect(refused.received()).toMatch(/^Retry-After: \d+\r$/m);
    expect(refused.received()).toContain('"code":"rate_limited"');
    const other = begin(gateway.url, '', '127.0.0.2');
    await expectStatuses([other], [100]);
    open[0]?.socket.destroy();
    await eventually(async () => {
      const next = begin(gateway.url);
      await eventually(() => expect(statusOf(next)).toBeDefined());
      await close([next]);
      expect(statusOf(next)).toBe(100);
    });
    await close([...open, refused, other]);
  });

  test('behind a proxy the address that it tells of counts', async () => {
    const gateway = await start({ MAX_UPLOADS_PER_ADDRESS: '1', TRUST_PROXY: '1' });
    const [first, second] = ['X-Forwarded-For: 2001:db8::1\r\n', 'X-Forwarded-For: 2001:db8:1::1\r\n'];
    const open = [begin(gateway.url, first), begin(gateway.url, second)];
    await expectStatuses(open, [100, 100]);
    const refused = begin(gateway.url, 'X-Forwarded-For: 2001:db8::2\r\n');
    await expectStatuses([refused], [429]);
    await close([...open, refused]);
  });
});
