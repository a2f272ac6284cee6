import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { FileStored } from '@wharf/contracts';
import {
  busUsers,
  matches,
  type Permissions,
  permissionsOf,
  permissionsOfIntegrator,
  serverConfig,
} from '@wharf/messaging/users';
import { eventually, type FreshFolder, freshFolder } from '@wharf/test-kit';
import type { NatsServer } from '../scripts/servers/nats.ts';
import { startTestNats } from '../scripts/servers/test-nats.ts';
import { BusClient } from './bus-client.ts';
import { clientOf, uploaded } from './client.ts';
import { openWharf, type Wharf } from './wharf.ts';

jest.setTimeout(120_000);

/** More of them than the configuration of a checkout has. */
const integrators = ['search', 'thumbnails'];
const permissions = new Map<string, Permissions>([
  ...busUsers.map((user): [string, Permissions] => [user.name, permissionsOf(user, integrators)]),
  ...integrators.map((name): [string, Permissions] => [name, permissionsOfIntegrator(name)]),
]);

let folder: FreshFolder;
let nats: NatsServer;
let wharf: Wharf;
const opened: BusClient[] = [];

beforeAll(async () => {
  folder = await freshFolder('wharf-integrators');
  const dir = path.join(folder.path, 'nats');
  nats = await startTestNats({ dir, users: serverConfig(integrators), log: () => undefined });
  wharf = await openWharf({
    NATS_URL: nats.url,
    NATS_INTEGRATORS: integrators.map((name) => `${name}=${FileStored.type}`).join(),
  });
  for (const name of ['metadata', 'gateway'] as const) await wharf.start(name);
});

afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()));
});

afterAll(async () => {
  await wharf?.close();
  await nats?.stop();
  await folder?.remove();
});

async function clientAs(user: string): Promise<BusClient> {
  const opening = await BusClient.open(nats.url, user);
  opened.push(opening);
  return opening;
}

/** What it has not acknowledged yet. */
async function nextOf(name: string): Promise<string> {
  const { connection } = await clientAs(name);
  const consumer = await eventually(() => connection.jetstream().consumers.get('FILES', `${name}-file_stored`));
  const message = await consumer.next({ expires: 10_000 });
  message?.ack();
  await connection.flush();
  return FileStored.envelope.parse(message?.json()).data.uid;
}

test('each integrator has every event by a consumer of its own', async () => {
  const client = clientOf(wharf.urls[0] as string);
  const { uid } = await uploaded(client.uploadForm(randomBytes(100), 'a.bin'));
  for (const name of integrators) expect(await nextOf(name)).toBe(uid);
});

describe('what the table permits to one user it refuses to the others', () => {
  test.each([...permissions.keys()])('%s', async (name) => {
    const own = permissions.get(name) as Permissions;
    const user = await clientAs(name);
    const permitted: string[] = [];
    for (const [other, { publish, subscribe }] of permissions) {
      if (other === name) continue;
      for (const subject of publish.map(anExampleOf)) {
        if (own.publish.some((pattern) => matches(pattern, subject))) continue;
        if (await user.mayPublish(subject)) permitted.push(`publish ${subject}`);
      }
      for (const pattern of subscribe) {
        // A pattern is heard by who may hear all that it takes.
        if (own.subscribe.some((each) => matches(each, pattern))) continue;
        if (await user.mayHear(pattern)) permitted.push(`hear ${pattern}`);
      }
    }
    expect(permitted).toEqual([]);
    expect(await user.mayHear('>')).toBe(false);
    expect(await user.mayHear('_INBOX.>')).toBe(false);
  });

  test('and what it permits is permitted', async () => {
    const gateway = await clientAs('gateway');
    expect(await gateway.mayPublish('gateway.records.forgotten', 'x')).toBe(true);
    expect(await gateway.mayHear('_INBOX.gateway.>')).toBe(true);
    expect(await (await clientAs('metadata')).mayPublish('_INBOX.gateway.x')).toBe(true);
  });

  function anExampleOf(pattern: string): string {
    return pattern.replaceAll('*', 'x').replace(/>$/, 'x');
  }
});
