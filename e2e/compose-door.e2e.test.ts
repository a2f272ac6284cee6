import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually, type FreshFolder, freshFolder } from '@wharf/test-kit';
import { type RunningProcess, startProcess } from '../scripts/servers/child-process.ts';
import { findExecutable } from '../scripts/servers/find-executable.ts';
import { pickFreePort } from '../scripts/servers/free-port.ts';
import { type Client, clientOf, uploaded } from './client.ts';
import { placeDoor } from './deployments/door.ts';
import { type NameServer, startNameServer } from './deployments/name-server.ts';
import { openWharf, type Wharf } from './wharf.ts';

// As the replicas of a service in docker-compose.yml: one name, one port, several addresses.
const addresses = ['127.0.0.1', '127.0.0.2'];

let wharf: Wharf;
let names: NameServer;
let folder: FreshFolder;
let nginx: RunningProcess;
let door: Client;
const gateways: { url: string; close(): Promise<void> }[] = [];

beforeAll(async () => {
  [names, folder] = [await startNameServer(addresses), await freshFolder('compose-door')];
  wharf = await openWharf({ S3_ENDPOINT_URL: '', OBJECT_STORE_URL: `file://${folder.path}/objects` });
  await wharf.start('metadata');
  // It makes the folder of objects.
  await wharf.start('cloud-sync');
  const [gatewayPort, port] = [await pickFreePort(), await pickFreePort()];
  for (const HOST of addresses)
    gateways.push(await wharf.start('gateway', { HOST, PORT: String(gatewayPort), TRUST_PROXY: 'true' }));
  const config = placeDoor({ dir: folder.path, kind: 'http', port, gatewayPort, nameServerPort: names.port });
  nginx = await startProcess({
    name: 'nginx',
    command: findExecutable('nginx') as string,
    args: ['-p', folder.path, '-e', 'stderr', '-c', config, '-g', 'daemon off;'],
    log: () => undefined,
  });
  door = clientOf(`http://127.0.0.1:${port}`);
  await eventually(async () => expect((await fetch(`${door.api}/files`)).status).toBe(200));
});

afterAll(async () => {
  await nginx?.stop();
  names?.close();
  await wharf?.close();
  await folder?.remove();
});

/** How many requests each gateway has answered. */
async function answered(): Promise<number[]> {
  return Promise.all(
    gateways.map(async ({ url }) => {
      const text = await (await fetch(`${url}/metrics`)).text();
      const counts = [...text.matchAll(/^wharf_http_request_seconds_count\{.*\} (\d+)$/gm)];
      return counts.reduce((sum, [, count]) => sum + Number(count), 0);
    }),
  );
}

test('what is sent through the door arrives and comes back, and every gateway takes its share', async () => {
  const bytes = randomBytes(3 * 1024 * 1024);
  const file = await uploaded(door.uploadStream(new Blob([bytes]).stream(), '?filename=video.bin'));
  for (let read = 0; read < 8; read++) {
    const answer = await door.get(file.uid);
    expect(Buffer.from(await answer.arrayBuffer()).equals(bytes)).toBe(true);
  }
  // Metrics are put together once a second.
  await eventually(async () => expect(Math.min(...(await answered()))).toBeGreaterThan(0));
});

test('what a client says of where it comes from counts for nothing', async () => {
  const forged = { 'X-Forwarded-Host': 'evil.test', 'X-Forwarded-Proto': 'https', 'X-Forwarded-For': '8.8.8.8' };
  await eventually(async () => {
    const answer = await fetch(`${door.api}/attachments/presigned`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...forged },
      body: JSON.stringify({ filename: 'a.txt', content_type: 'text/plain' }),
    });
    // A folder has no door of its own: what is told is where this one is.
    expect(await answer.json()).toMatchObject({ url: expect.stringMatching(`^${door.url}/`) });
  });
});

test('metrics are no business of clients, and what opens a link is in no log', async () => {
  expect((await fetch(`${door.url}/metrics`)).status).toBe(404);
  for (const secret of ['/api/v1/links/SECRET', '/s/SECRET', '/r/SECRET'])
    await fetch(`${door.url}${secret}?password=SECRET`);
  const log = readFileSync(path.join(folder.path, 'access.log'), 'utf8');
  expect(log).toContain('GET /api/v1/links/:token');
  expect(log).toContain('GET /s/:token');
  expect(log).not.toContain('SECRET');
});

test('a gateway that goes away takes no request with it', async () => {
  await gateways[1]?.close();
  const statuses = await Promise.all(Array.from({ length: 20 }, async () => (await fetch(`${door.api}/files`)).status));
  expect(statuses).toEqual(statuses.map(() => 200));
});
