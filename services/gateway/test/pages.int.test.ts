import { get } from 'node:http';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { GatewayWorld } from './world.js';

let world: GatewayWorld;
/** For everybody, and for those who sign in. */
let open: string;
let closed: string;

beforeAll(async () => {
  world = await GatewayWorld.open();
  open = (await world.start({}, { untilConnected: false })).url;
  closed = (await world.start({ AUTH: 'required' }, { untilConnected: false })).url;
});

afterAll(() => world?.close());

/** Plainly: fetch would tidy addresses up, and take bodies apart. */
function request(url: string, path: string, headers: Record<string, string> = {}) {
  const { hostname, port } = new URL(url);
  return new Promise<{ status: number; header(name: string): string; body: Buffer }>((resolve, reject) => {
    get({ hostname, port, path, headers }, (answer) => {
      const pieces: Buffer[] = [];
      answer.on('data', (piece) => pieces.push(piece));
      answer.on('end', () =>
        resolve({
          status: answer.statusCode as number,
          header: (name) => String(answer.headers[name] ?? ''),
          body: Buffer.concat(pieces),
        }),
      );
    }).on('error', reject);
  });
}

/** The addresses of scripts and styles in the page. */
async function assetsOf(url: string): Promise<string[]> {
  const { body } = await request(url, '/');
  return [...body.toString().matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, address]) => address as string);
}

test('the page takes nothing from elsewhere and runs nothing that stands in it', async () => {
  const { body, header, status } = await request(open, '/');
  expect([status, header('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
  const policy = header('content-security-policy');
  expect(policy).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';/);
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toMatch(/unsafe|\*|http|data:/);
  expect(header('referrer-policy')).toBe('no-referrer');
  expect(header('x-content-type-options')).toBe('nosniff');
  const html = body.toString();
  expect(html).not.toMatch(/<style|style=|<script(?![^>]+src=)|https?:|\son\w+=/);
  expect(html).toContain('<title>Wharf</title>');
});

test.each([
  ['open', () => open, true],
  ['required', () => closed, false],
])('where AUTH is %s the page knows it without a question', async (_, url, isOpen) => {
  const { body } = await request(url(), '/');
  expect(body.includes('<meta name="wharf-access" content="open">')).toBe(isOpen);
});

test('the page is asked for again each time, and not sent again while it is the same', async () => {
  const { header } = await request(open, '/');
  expect(header('cache-control')).toBe('no-cache');
  const again = await request(open, '/', { 'If-None-Match': header('etag') });
  expect([again.status, again.body.length]).toEqual([304, 0]);
});

test.each([
  ['br', brotliDecompressSync],
  ['gzip', gunzipSync],
])('its files are kept for ever, and sent as %s to those who take it', async (encoding, decompress) => {
  const assets = await assetsOf(open);
  expect(assets.length).toBeGreaterThan(3);
  for (const asset of assets) {
    const plain = await request(open, asset);
    expect([plain.status, plain.header('content-encoding')]).toEqual([200, '']);
    expect(plain.header('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(plain.header('content-type')).toMatch(/^(text\/(javascript|css); charset=utf-8|image\/svg\+xml)$/);
    expect(plain.header('x-content-type-options')).toBe('nosniff');
    const { body, header } = await request(open, asset, { 'Accept-Encoding': encoding });
    expect([header('content-encoding'), header('vary')]).toEqual([encoding, 'Accept-Encoding']);
    expect(decompress(body).equals(plain.body)).toBe(true);
  }
});

test.each([
  '..',
  '..%2findex.html',
  '../index.html',
  '%2e%2e/package.json',
  '..%5cindex.html',
  'index.html',
  '.built-of',
  '%00',
  'constructor',
])('nothing else of its folder has an address: /assets/%s', async (name) => {
  const { header, status } = await request(open, `/assets/${name}`);
  expect([status, header('content-type')]).toEqual([404, 'application/problem+json; charset=utf-8']);
});

test('compressed files lie beside it under no address of their own', async () => {
  const [asset] = await assetsOf(open);
  expect((await request(open, `${asset}.br`)).status).toBe(404);
});
