import { randomBytes } from 'node:crypto';
import { readdir, rm, statfs, writeFile } from 'node:fs/promises';
import { Agent, type IncomingMessage, request } from 'node:http';
import path from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { eventually, type SmallVolume, smallVolume } from '@wharf/test-kit';
import { layout } from '@wharf/volume';
import { clientOf, sha256, sha256Of } from './client.ts';
import { openRawConnection } from './raw-connection.ts';
import { openWharf, type Wharf } from './wharf.ts';

jest.setTimeout(180_000);

const mebibyte = 1024 * 1024;
const room = 150 * mebibyte;

let volume: SmallVolume;
let wharf: Wharf;
let client: ReturnType<typeof clientOf>;
let reserve: number;
let lowestFree: number;
let watching: NodeJS.Timeout;

/** Where the volume is a folder on the machine's disk, all of the disk but `room` is reserve. */
beforeAll(async () => {
  volume = await smallVolume(200 * mebibyte);
  reserve = (await freeBytes()) - room;
  wharf = await openWharf({ VOLUME_DIR: volume.path, VOLUME_RESERVE_BYTES: String(reserve), DURABILITY: 'os' });
  await wharf.start('metadata');
  await wharf.start('gateway');
  client = clientOf(wharf.urls[0] as string);
  await eventually(async () => {
    const health = (await (await fetch(`${client.url}/health/ready`)).json()) as { checks: object };
    expect(health.checks).toMatchObject({ metadata: { status: 'ok' } });
  });
  lowestFree = Number.POSITIVE_INFINITY;
  watching = setInterval(() => {
    freeBytes().then(
      (free) => {
        lowestFree = Math.min(lowestFree, free);
      },
      () => {
        // Compares with nothing: what was not watched is not proven.
        lowestFree = Number.NaN;
      },
    );
  }, 5);
});

afterAll(async () => {
  clearInterval(watching);
  await wharf?.close();
  await volume?.remove();
});

async function freeBytes(): Promise<number> {
  const { bavail, bsize } = await statfs(volume.path);
  return bavail * bsize;
}

interface Upload {
  status: number;
  bytes: Buffer;
  uid: string | undefined;
}

/** Like curl: sends on until the answer comes, and reads that. */
function upload(bytes: Buffer, options: { isChunked?: boolean } = {}): Promise<Upload> {
  return new Promise((resolve, reject) => {
    const headers = options.isChunked ? {} : { 'Content-Length': bytes.length };
    const outgoing = request(`${client.api}/files/stream`, { method: 'POST', headers }, (answer) => {
      readUpload(answer, bytes).then(resolve, reject);
    });
    outgoing.on('error', reject);
    outgoing.end(bytes);
  });
}

async function readUpload(answer: IncomingMessage, bytes: Buffer): Promise<Upload> {
  const text: Buffer[] = [];
  for await (const chunk of answer) text.push(chunk as Buffer);
  const { uid } = JSON.parse(Buffer.concat(text).toString()) as { uid?: string };
  return { status: answer.statusCode ?? 0, bytes, uid };
}

function uploadForm(bytes: Buffer): Promise<Upload> {
  const form = new FormData();
  form.append('file', new Blob([new Uint8Array(bytes)]), 'file.bin');
  return fetch(`${client.api}/files`, { method: 'POST', body: form }).then(async (answer) => {
    const { uid } = (await answer.json()) as { uid?: string };
    return { status: answer.status, bytes, uid };
  });
}

function statusOf(url: string, agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    const asking = request(url, { agent, signal: AbortSignal.timeout(20_000) }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    asking.on('error', reject);
    asking.end();
  });
}

const block = randomBytes(mebibyte);

/** Bytes of their own for every upload, cheap to make. */
function bytesOf(mebibytes: number, seed: number): Buffer {
  const bytes = Buffer.concat(Array.from({ length: mebibytes }, () => block));
  bytes.writeUInt32LE(seed, 0);
  return bytes;
}

const isTaken = ({ status }: Upload) => status === 201 || status === 202;

async function expectOnlyWholeFiles(taken: Upload[]): Promise<void> {
  await eventually(async () => {
    expect(await readdir(path.join(volume.path, 'incoming'))).toEqual([]);
    expect(await readdir(path.join(volume.path, 'journal'))).toEqual([]);
  });
  const files = await readdir(path.join(volume.path, 'files'), { recursive: true, withFileTypes: true });
  const names = files.filter((entry) => entry.isFile()).map((entry) => entry.name);
  expect(names.sort()).toEqual(taken.map(({ uid }) => uid as string).sort());
}

async function expectReadable(taken: Upload[]): Promise<void> {
  for (const { bytes, uid } of taken) {
    const answer = await client.get(uid as string);
    expect(answer.status).toBe(200);
    expect(await sha256Of(answer)).toBe(sha256(bytes));
  }
}

/** Other programs may fill the machine's disk as well. */
function expectReserveUntouched(): void {
  if (volume.isAlone) expect(lowestFree).toBeGreaterThanOrEqual(reserve);
}

const taken: Upload[] = [];

test('clients that announce what they do not send keep nobody out', async () => {
  const head = `POST /api/v1/files/stream HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: ${10 * mebibyte}\r\n\r\n`;
  const idle = Array.from({ length: 150 }, () => openRawConnection(client.url, head));
  await eventually(() => {
    for (const { received } of idle) expect(received()).toMatch(/^HTTP\/1\.1 100 /);
  });
  for (const { socket } of idle) socket.write('x'.repeat(100));
  for (const options of [{}, { isChunked: true }]) {
    const outcome = await upload(bytesOf(10, taken.length), options);
    expect(isTaken(outcome)).toBe(true);
    taken.push(outcome);
  }
  for (const { socket } of idle) socket.destroy();
  await expectOnlyWholeFiles(taken);
});

test('uploads that would not fit together are not taken together, whether their lengths are announced or not', async () => {
  const uploads = Array.from({ length: 24 }, (_, index) => {
    const bytes = bytesOf(10, index);
    if (index % 3 === 0) return upload(bytes);
    return index % 3 === 1 ? upload(bytes, { isChunked: true }) : uploadForm(bytes);
  });
  const outcomes = await Promise.all(uploads);
  for (const { status } of outcomes) expect([201, 202, 507]).toContain(status);
  taken.push(...outcomes.filter(isTaken));
  // 240 mebibytes were offered, 130 are left; some that came to nothing held room while they ran.
  expect(taken.length).toBeGreaterThan(2);
  expect(taken.length).toBeLessThanOrEqual(2 + 12);
  expectReserveUntouched();
  await expectOnlyWholeFiles(taken);
  await expectReadable(taken);
});

test('the room is used up to the reserve; then every kind of upload is refused, and files are still served', async () => {
  for (let seed = 100; ; seed++) {
    const outcome = await upload(bytesOf(10, seed));
    if (!isTaken(outcome)) break;
    taken.push(outcome);
  }
  if (volume.isAlone) expect((await freeBytes()) - reserve).toBeLessThan(11 * mebibyte);
  expect((await upload(bytesOf(20, 200))).status).toBe(507);
  expect((await upload(bytesOf(20, 201), { isChunked: true })).status).toBe(507);
  expect((await uploadForm(bytesOf(20, 202))).status).toBe(507);
  expectReserveUntouched();
  await expectOnlyWholeFiles(taken);
  await expectReadable(taken);
});

test('what another program takes of the room ends an upload that is under way, and not its connection', async () => {
  if (!volume.isAlone) return;
  // Other gateways on the same volume do the same.
  const uid = taken.shift()?.uid as string;
  await fetch(`${client.api}/files/${uid}`, { method: 'DELETE' });
  await rm(path.join(volume.path, layout.file(uid)));
  const foreign = path.join(volume.path, 'foreign');
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const headers = { 'Content-Length': 9 * mebibyte };
  const outgoing = request(`${client.api}/files/stream`, { method: 'POST', headers, agent });
  const status = new Promise<number>((resolve, reject) => {
    outgoing.on('response', (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    outgoing.on('error', reject);
  });
  outgoing.write(bytesOf(1, 300));
  await eventually(async () => expect(await readdir(path.join(volume.path, 'incoming'))).toHaveLength(1));
  await writeFile(foreign, bytesOf(20, 301));
  outgoing.end(bytesOf(8, 302));
  expect(await status).toBe(507);
  await rm(foreign);
  expect(await statusOf(`${client.api}/files/${taken[0]?.uid}/metadata`, agent)).toBe(200);
  agent.destroy();
  await expectOnlyWholeFiles(taken);
  lowestFree = Number.POSITIVE_INFINITY;
});

test('uploads are taken again after a purge under pressure, without a restart', async () => {
  await wharf.start('cloud-sync');
  for (const { uid } of taken) await client.expectStatus(uid as string, 'synced', 60_000);
  const { bfree, blocks } = await statfs(volume.path);
  const usedPercent = ((blocks - bfree) / blocks) * 100;
  const marks = { PURGE_HIGH_WATER: (usedPercent * 0.9).toFixed(6), PURGE_LOW_WATER: (usedPercent * 0.5).toFixed(6) };
  await wharf.start('janitor', { PURGE_AFTER: '3650d', PURGE_SCHEDULE: '* * * * * *', ...marks });
  const again = await eventually(
    async () => {
      const outcome = await upload(bytesOf(20, 400), { isChunked: true });
      expect(outcome.status).toBe(201);
      return outcome;
    },
    { timeoutMs: 60_000, everyMs: 500 },
  );
  await expectReadable([...taken, again]);
  expectReserveUntouched();
});
