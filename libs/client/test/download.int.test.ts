import { createHash, randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterEach, expect, test } from '@jest/globals';
import { WharfClient } from '../src/index.js';
import { openStandIn, type StandIn } from './http-stand-in.js';

const bytes = randomBytes(1_000_000);
const sha256 = createHash('sha256').update(bytes).digest();
const etag = `"${sha256.toString('hex')}"`;

let server: StandIn | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

interface Told {
  sent?: Buffer;
  digest?: Buffer;
  /** Whether ranges are answered with ranges. */
  ranges?: boolean;
  /** After so many bytes of a body the connection breaks off. */
  breaksAfter?: number;
  mayBreak?: () => boolean;
  /** A proxy that says of no length ends bodies as if they were whole. */
  endsInOrder?: boolean;
}

/** Serves a file, and notes which ranges are asked for. */
async function serve(told: Told): Promise<string[]> {
  const { breaksAfter, digest = sha256, mayBreak = () => true, ranges = true, sent = bytes } = told;
  const asked: string[] = [];
  server = await openStandIn((request: IncomingMessage, response: ServerResponse) => {
    const { range, 'if-range': ifRange } = request.headers;
    asked.push(range ?? 'all');
    const start = ranges && range && ifRange === etag ? Number(/\d+/.exec(range)?.[0]) : 0;
    const body = sent.subarray(start);
    response.writeHead(start > 0 ? 206 : 200, {
      ...(!told.endsInOrder && { 'Content-Length': body.length }),
      'Content-Disposition': `attachment; filename="a.bin"; filename*=UTF-8''%C3%A4.bin`,
      ...{ ETag: etag, 'Repr-Digest': `sha-256=:${digest.toString('base64')}:` },
      ...(start > 0 && { 'Content-Range': `bytes ${start}-${sent.length - 1}/${sent.length}` }),
    });
    if (told.endsInOrder && breaksAfter !== undefined && mayBreak()) return response.end(body.subarray(0, breaksAfter));
    if (breaksAfter === undefined || breaksAfter >= body.length || !mayBreak()) response.end(body);
    else response.write(body.subarray(0, breaksAfter), () => response.destroy());
  });
  return asked;
}

function client(patienceMs = 5000): WharfClient {
  return new WharfClient({ url: server?.url as string, token: 'key', patienceMs });
}

async function read(body: ReadableStream<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

test('what arrives is told by name, size and digest', async () => {
  await serve({});
  const { body, ...told } = await client().download('u');
  expect(told).toEqual({ name: 'ä.bin', type: '', sizeBytes: bytes.length, sha256: sha256.toString('hex') });
  expect((await read(body)).equals(bytes)).toBe(true);
});

test.each([
  ['by a range', { ranges: true, breaksAfter: 300_000 }, 4],
  ['from the beginning, where there are no ranges', { ranges: false, breaksAfter: 600_000 }, 2],
])('a body whose connection broke off goes on %s', async (_how, told, requests) => {
  let breaks = told.ranges ? Number.POSITIVE_INFINITY : 1;
  const asked = await serve({ ...told, mayBreak: () => breaks-- > 0 });
  const { body } = await client().download('u');
  expect((await read(body)).equals(bytes)).toBe(true);
  expect(asked.length).toBe(requests);
});

test('bytes that are not the file’s end with an error', async () => {
  await serve({ digest: createHash('sha256').update('else').digest() });
  const { body } = await client().download('u');
  await expect(read(body)).rejects.toMatchObject({ code: 'digest_mismatch' });
});

test('a body that breaks off again and again ends with an error, and never looks complete', async () => {
  await serve({ breaksAfter: 0 });
  const { body } = await client(300).download('u');
  await expect(read(body)).rejects.toMatchObject({ code: 'unavailable', status: 0 });
});

test('what is there already is not read again, and counts', async () => {
  const asked = await serve({});
  const begun = (kept: Buffer) => ({
    kept: {
      sizeBytes: kept.length,
      sha256: sha256.toString('hex'),
      bytes: (async function* () {
        yield kept;
      })(),
    },
  });
  const { body } = await client().download('u', begun(bytes.subarray(0, 400_000)));
  expect((await read(body)).equals(bytes.subarray(400_000))).toBe(true);
  expect(asked).toEqual(['bytes=400000-']);
  const wrong = await client().download('u', begun(randomBytes(400_000)));
  await expect(read(wrong.body)).rejects.toMatchObject({ code: 'digest_mismatch' });
});

test('a body that ends before its file, as if it were whole, goes on', async () => {
  let breaks = 1;
  const asked = await serve({ breaksAfter: 100_000, endsInOrder: true, mayBreak: () => breaks-- > 0 });
  const kept = bytes.subarray(0, 400_000);
  const { body } = await client().download('u', {
    kept: {
      ...{ sizeBytes: kept.length, sha256: sha256.toString('hex') },
      bytes: (async function* () {
        yield kept;
      })(),
    },
  });
  expect((await read(body)).equals(bytes.subarray(400_000))).toBe(true);
  expect(asked).toEqual(['bytes=400000-', 'bytes=500000-']);
});

test('a download that is given up ends with the reason', async () => {
  await serve({ breaksAfter: 1000 });
  const giveUp = new AbortController();
  const { body } = await client(60_000).download('u', {
    signal: giveUp.signal,
    onProgress: (received) => received > 5000 && giveUp.abort('enough'),
  });
  await expect(read(body)).rejects.toBe('enough');
});
